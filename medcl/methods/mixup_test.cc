// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 8, kImages = 4, kClasses = 2;

/// Image b holds the value b everywhere; only image 0 is annotated, as foreground in one pixel.
Batch batch_of_constants(std::int64_t step) {
  Batch batch;
  batch.image_bcs = torch::arange(kImages, torch::kFloat32)
                        .view({kImages, 1, 1, 1})
                        .expand({kImages, 1, kSide, kSide})
                        .contiguous();
  batch.annotation.target_bks = torch::zeros({kImages, kClasses, kSide, kSide});
  batch.annotation.target_bks[0][1][3][5] = 1;
  batch.step = step;
  return batch;
}

/// The loss of a step and what the network saw, one number for each blend.
std::pair<double, torch::Tensor> blend(const std::vector<std::string>& settings,
                                       std::int64_t step) {
  const auto method = make_method(MethodOptions("mixup", /*prompts=*/false, settings),
                                  {.map = {1, kSide, kSide}, .classes = kClasses, .seed = 1});
  Identity network;
  const Batch batch = batch_of_constants(step);
  const auto total = total_loss(method->losses({network, batch, /*seed=*/1}));
  return {total.item<double>(), network.seen_bcs.select(1, 0).select(1, 0).select(1, 0)};
}

TEST(Mixup, APixelOfOneScribbleWeighsTheShareOfItsImage) {
  for (const std::int64_t step : {0, 1, 2, 3}) {
    const auto [loss, seen_b] = blend({}, step);
    // Two blends hold image 0: as itself with the share, and as a partner with the rest of it.
    const Batch batch = batch_of_constants(step);
    RandomStream random(
        {.seed = 1, .epoch = static_cast<std::uint32_t>(step), .purpose = Purpose::kInterMix});
    const InterMixDraw draw = draw_inter_mix({.beta = 0.5}, kImages, random);
    const double share = draw.beta_b[0].item<double>();
    double weighted = 0, weights = 0;
    for (std::int64_t b = 0; b < kImages; ++b) {
      const bool partner = draw.partner_b[b].item<std::int64_t>() == 0;
      const double weight = b == 0 ? share : partner ? 1 - share : 0;
      const double value = seen_b[b].item<double>();
      weighted += weight * std::log1p(std::exp(-value));
      weights += weight;
    }
    EXPECT_NEAR(loss, weighted / weights, 1e-5) << "step " << step;
  }
}

TEST(Mixup, SharesAreOfTheBatchOrOfEachBlend) {
  const auto shares_of = [](const torch::Tensor& seen_b, std::int64_t step) {
    RandomStream random(
        {.seed = 1, .epoch = static_cast<std::uint32_t>(step), .purpose = Purpose::kInterMix});
    const auto partner_b = draw_inter_mix({.beta = 0.5}, kImages, random).partner_b;
    const auto own_b = torch::arange(kImages, torch::kFloat32);
    const auto other_b = partner_b.to(torch::kFloat32);
    return (seen_b - other_b) / (own_b - other_b);
  };
  const auto together_b = shares_of(blend({}, 5).second, 5);
  EXPECT_LT((together_b - together_b[0]).abs().max().item<double>(), 1e-5);
  const auto each_b = shares_of(blend({"mixup.shares=sample"}, 5).second, 5);
  EXPECT_GT((each_b - each_b[0]).abs().max().item<double>(), 1e-3);
}

TEST(Mixup, LabelsAreTheWeightsThatTheyStandFor) {
  for (const char* name : {"mixup", "pce"}) {
    const auto method = make_method(MethodOptions(name, /*prompts=*/false),
                                    {.map = {1, kSide, kSide}, .classes = kClasses, .seed = 1});
    Identity network;
    const Batch weights = batch_of_constants(3);
    Batch labels = weights;
    labels.annotation = {};
    labels.annotation.labels_bs = torch::full({kImages, kSide, kSide}, 255, torch::kUInt8);
    labels.annotation.labels_bs[0][3][5] = 1;
    EXPECT_EQ(total_loss(method->losses({network, labels, /*seed=*/1})).item<double>(),
              total_loss(method->losses({network, weights, /*seed=*/1})).item<double>())
        << name;
  }
}

TEST(Pce, TrainsThirteenClassesOfAVolume) {
  constexpr std::int64_t kMany = 14;
  const auto method =
      make_method(MethodOptions("pce", /*prompts=*/false, {"weight.scribble_dice=1"}),
                  {.map = {4, kSide, kSide}, .classes = kMany, .seed = 1});
  Fixed network(torch::randn({2, kMany, 4, kSide, kSide}));
  Batch batch;
  batch.image_bcs = torch::zeros({2, 1, 4, kSide, kSide});
  batch.annotation.labels_bs = torch::randint(0, kMany, {2, 4, kSide, kSide}).to(torch::kUInt8);
  total_loss(method->losses({network, batch, /*seed=*/1})).backward();
  EXPECT_TRUE(network.logits_bks.grad().isfinite().all().item<bool>());
  EXPECT_GT(network.logits_bks.grad().abs().max().item<double>(), 0);
}

TEST(Mixup, LearnsFromScribbledSlicesAlone) {
  const MethodOptions options("mixup", /*prompts=*/false);
  const MethodNeeds needs = options.needs({.map = {1, kSide, kSide}, .classes = kClasses});
  EXPECT_FALSE(needs.unlabelled);
  EXPECT_FALSE(needs.intra_mix);
  EXPECT_EQ(needs.passes, 1);
}

}  // namespace
}  // namespace medcl
