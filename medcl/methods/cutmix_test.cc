// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 24, kImages = 4;

/// Image b holds the value b; odd images are annotated as foreground, even ones as background.
Batch constants(std::int64_t step) {
  const auto index_b = torch::arange(kImages).view({kImages, 1, 1});
  return batch_of(
      index_b.view({kImages, 1, 1, 1}).to(torch::kFloat32).expand({kImages, 1, kSide, kSide}),
      index_b.remainder(2).expand({kImages, kSide, kSide}), 2, step);
}

struct Pasted {
  double loss;
  torch::Tensor seen_bs;
};

Pasted step_of(const std::vector<std::string>& settings, std::int64_t step) {
  const auto method = method_of("cutmix", settings, 2, {1, kSide, kSide});
  Identity network;
  const Batch batch = constants(step);
  const auto values = values_of(method->losses({network, batch, /*seed=*/1}));
  return {values.at("mixed_ce"), network.seen_bcs.select(1, 0)};
}

TEST(Cutmix, EveryPixelIsOfOneImageAndHasItsLabel) {
  for (std::int64_t step = 0; step < 6; ++step) {
    const Pasted pasted = step_of({}, step);
    const auto seen = pasted.seen_bs.to(torch::kFloat64);
    EXPECT_TRUE(seen.eq(seen.round()).all().item<bool>());
    // Foreground where the value is odd: log(1 + exp(-v)), else log(1 + exp(v)).
    const auto sign = seen.remainder(2) * 2 - 1;
    EXPECT_NEAR(pasted.loss, (-sign * seen).exp().log1p().mean().item<double>(), 1e-5);
  }
}

TEST(Cutmix, ABoxHasTheAreaOfTheOtherImagesShare) {
  std::int64_t whole_boxes = 0;
  for (std::int64_t step = 0; step < 40; ++step) {
    const Pasted pasted = step_of({"cutmix.shares=sample"}, step);
    RandomStream random(
        {.seed = 1, .epoch = static_cast<std::uint32_t>(step), .purpose = Purpose::kInterMix});
    const InterMixDraw draw = draw_inter_mix({.beta = 1}, kImages, random);
    for (std::int64_t b = 0; b < kImages; ++b) {
      const auto other = pasted.seen_bs[b].ne(b);
      const double side = std::sqrt(1 - draw.beta_b[b].item<double>()) * kSide;
      const auto rows = other.any(1).sum().item<std::int64_t>();
      const auto columns = other.any(0).sum().item<std::int64_t>();
      EXPECT_EQ(other.sum().item<std::int64_t>(), rows * columns) << "a box";
      EXPECT_LE(rows, std::llround(side));
      EXPECT_LE(columns, std::llround(side));
      whole_boxes += rows == std::llround(side) && columns == std::llround(side) ? 1 : 0;
    }
  }
  EXPECT_GT(whole_boxes, 20) << "not every box is cut off at the border";
}

TEST(Cutmix, BoxesOfABatchAreOneUnlessAskedOtherwise) {
  const auto together = step_of({}, 3).seen_bs;
  const auto first = together[0].ne(0);
  for (std::int64_t b = 1; b < kImages; ++b) EXPECT_TRUE(together[b].ne(b).equal(first));
}

TEST(Cutmix, WithoutChanceOfABoxImagesStayAsTheyAre) {
  const auto seen = step_of({"cutmix.probability=0"}, 3).seen_bs;
  for (std::int64_t b = 0; b < kImages; ++b) EXPECT_TRUE(seen[b].eq(b).all().item<bool>());
}

}  // namespace
}  // namespace medcl
