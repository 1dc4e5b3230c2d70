// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/anatomy_frame.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace medcl {
namespace {

constexpr std::int64_t kSide = 64;

/// Probability 1 of class 1 in a disc and of class 2 in the half of it with smaller x.
torch::Tensor disc(double x, double y, double radius, double certainty = 1) {
  const auto along = torch::arange(kSide, torch::kFloat32);
  const auto dx = (along - x).unsqueeze(0), dy = (along - y).unsqueeze(1);
  const auto inside =
      (dx.square() + dy.square() <= radius * radius).to(torch::kFloat32) * certainty;
  const auto left = (dx < 0).to(torch::kFloat32).expand({kSide, kSide});
  return torch::stack({1 - inside, inside * (1 - left), inside * left});
}

torch::Tensor batch_of(const std::vector<torch::Tensor>& maps) { return torch::stack(maps); }

torch::Tensor all(std::int64_t batch) { return torch::ones({batch}, torch::kBool); }

/// Has seen discs of several places and sizes.
std::shared_ptr<AnatomyPrior> learned(double strength = 1) {
  auto prior = std::make_shared<AnatomyPrior>(3, AnatomyPriorOptions{.strength = strength});
  for (int n = 0; n < 8; ++n) {
    const auto maps = batch_of({disc(26 + n, 30, 8 + n * 0.5), disc(32, 38 - n, 12)});
    prior->update(maps, AnatomyFrame::of(maps), all(2));
  }
  return prior;
}

TEST(AnatomyFrame, ADiscHasItsCentreAndItsRootMeanSquareRadius) {
  const auto frame = AnatomyFrame::of(batch_of({disc(30, 35, 12), disc(20, 28, 6)}));
  // Of a disc: R / sqrt(2), seen through a Gaussian window of 1.5 times itself: a little less.
  EXPECT_NEAR(frame.x_b[0].item<double>(), 30, 0.2);
  EXPECT_NEAR(frame.y_b[0].item<double>(), 35, 0.2);
  EXPECT_LT(frame.radius_b[0].item<double>(), 12 / std::numbers::sqrt2);
  EXPECT_GT(frame.radius_b[0].item<double>(), 0.8 * 12 / std::numbers::sqrt2);
  const double ratio = (frame.radius_b[0] / frame.radius_b[1]).item<double>();
  EXPECT_NEAR(ratio, 2, 0.06);
  EXPECT_TRUE(frame.found_b.all().item<bool>());
}

TEST(AnatomyFrame, AFarBlobDoesNotMoveIt) {
  const auto heart = disc(24, 24, 10), blob = disc(56, 56, 4);
  auto both = heart + blob;
  both[0] = 1 - both.slice(0, 1).sum(0);
  const auto frame = AnatomyFrame::of(batch_of({heart, both}));
  EXPECT_NEAR(frame.x_b[1].item<double>(), frame.x_b[0].item<double>(), 1.5);
  EXPECT_NEAR(frame.radius_b[1].item<double>(), frame.radius_b[0].item<double>(), 1.5);
}

TEST(AnatomyFrame, NoneInAnEmptySliceAndWhereTheCropCutsTheAnatomy) {
  const auto frame = AnatomyFrame::of(
      batch_of({disc(30, 30, 0.5), disc(1, 30, 10), disc(30, 30, 10, 0.1), disc(30, 30, 10)}));
  EXPECT_FALSE(frame.found_b[0].item<bool>());
  EXPECT_FALSE(frame.found_b[1].item<bool>());
  EXPECT_FALSE(frame.found_b[2].item<bool>());
  EXPECT_TRUE(frame.found_b[3].item<bool>());
}

TEST(AnatomyPrior, ClassesThatStayWhereTheyAreAreFixedAndOthersAreNot) {
  EXPECT_GT(learned()->fixedness_m().min().item<double>(), 0.8);
  // A spot that wanders over the disc has no place in its frame.
  AnatomyPrior prior(3, {});
  torch::manual_seed(1);
  for (int n = 0; n < 40; ++n) {
    auto map = disc(32, 32, 14);
    const double turn = 2 * std::numbers::pi * n / 40;
    const auto spot = disc(32 + 9 * std::cos(turn), 32 + 9 * std::sin(turn), 3).slice(0, 1).sum(0);
    map = torch::stack({map[0], (1 - map[0]) * (1 - spot), (1 - map[0]) * spot});
    const auto maps = batch_of({map});
    prior.update(maps, AnatomyFrame::of(maps), all(1));
  }
  EXPECT_GT(prior.fixedness_m()[0].item<double>(), 0.7);
  EXPECT_LT(prior.fixedness_m()[1].item<double>(), 0.3);
}

TEST(AnatomyPrior, ABlobThreeRadiiAwayLosesHalfOfItsMassAtLeast) {
  const auto prior = learned();
  const auto heart = disc(22, 22, 9);
  auto map = heart * 0.9;
  const auto blob = disc(48, 48, 4).slice(0, 1).sum(0);
  map[1] += 0.6 * blob;
  map[0] = 1 - map.slice(0, 1).sum(0);
  const auto maps = batch_of({map});
  const auto after = prior->apply(maps, AnatomyFrame::of(maps))[0];
  const auto mass = [&](const torch::Tensor& of, const torch::Tensor& where) {
    return (of.slice(0, 1).sum(0) * where).sum().item<double>();
  };
  EXPECT_LT(mass(after, blob), 0.5 * mass(map, blob));
  EXPECT_GT(mass(after, 1 - heart[0]), 0.95 * mass(map, 1 - heart[0]));
}

TEST(AnatomyPrior, WhatItGivesAreProbabilitiesAndAnAbsentClassStaysAbsent) {
  const auto prior = learned();
  torch::manual_seed(3);
  auto maps = torch::softmax(3 * torch::randn({4, 3, kSide, kSide}), 1);
  maps.select(1, 2).zero_();
  maps = maps / maps.sum(1, true);
  const auto after = prior->apply(maps, AnatomyFrame::of(maps));
  EXPECT_TRUE(torch::allclose(after.sum(1), torch::ones({4, kSide, kSide}), 1e-5, 1e-5));
  EXPECT_EQ(after.select(1, 2).abs().max().item<double>(), 0);
  EXPECT_GE(after.min().item<double>(), 0);
}

TEST(AnatomyPrior, WithoutStrengthFrameOrUpdatesTargetsStayAsTheyAre) {
  const auto maps = batch_of({disc(30, 35, 12, 0.8)});
  const auto frame = AnatomyFrame::of(maps);
  EXPECT_TRUE(torch::allclose(learned(0)->apply(maps, frame), maps));
  EXPECT_TRUE(torch::equal(AnatomyPrior(3, {}).apply(maps, frame), maps));
  const auto cut = batch_of({disc(1, 30, 10, 0.8)});
  EXPECT_TRUE(torch::equal(learned()->apply(cut, AnatomyFrame::of(cut)), cut));
}

TEST(AnatomyPrior, ImagesThatMayNotTeachChangeNothing) {
  const auto prior = learned();
  const auto before = prior->distribution_mgg().clone();
  const auto maps = batch_of({disc(40, 40, 5)});
  prior->update(maps, AnatomyFrame::of(maps), torch::zeros({1}, torch::kBool));
  EXPECT_TRUE(torch::equal(prior->distribution_mgg(), before));
}

}  // namespace
}  // namespace medcl
