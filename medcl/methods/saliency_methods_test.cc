// SPDX-License-Identifier: Apache-2.0
// Puzzle Mix, Co-Mixup and CycleMix: their clean pass, what they show, and what they compare.
#include <gtest/gtest.h>

#include "medcl/methods/clean_pass.h"
#include "medcl/methods/test_networks.h"
#include "medcl/mixing/block_grid.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/mixing/puzzle_mix.h"
#include "medcl/model/networks.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 32, kImages = 3;
constexpr std::uint8_t kNobody = 255;
const Extent kMap{1, kSide, kSide};

Batch strokes(std::int64_t step) {
  torch::manual_seed(2);
  auto labels = torch::full({kImages, kSide, kSide}, kNobody, torch::kUInt8);
  labels.select(1, 4).fill_(0);
  labels.select(1, 19).slice(1, 2, 22).fill_(1);
  return batch_of(torch::randn({kImages, 1, kSide, kSide}), labels, 2, step);
}

RandomStream random_of(std::int64_t step, Purpose purpose) {
  return RandomStream({.seed = 1, .epoch = static_cast<std::uint32_t>(step), .purpose = purpose});
}

TEST(CleanPass, SaliencyIsTheGradientOfTheLossOfTheStrokes) {
  // Of log(1 + exp(+-x)) over 3 * (32 + 20) annotated pixels.
  Identity network;
  const Batch batch = strokes(0);
  const auto target = batch.annotation.weights(2);
  const CleanPass clean = clean_pass(network, batch.image_bcs, target, /*keeps=*/false);
  const auto slope = batch.image_bcs.sigmoid() - target.narrow(1, 1, 1);
  const auto expected = (slope * target.sum(1, true)).abs().squeeze(1) / (kImages * 52.0);
  EXPECT_LT((clean.saliency_bs - expected).abs().max().item<double>(), 1e-7);
  EXPECT_FALSE(clean.logits_bks.requires_grad());
}

TEST(CleanPass, LeavesTheGradientsOfALossOnItsLogitsAsTheyWouldBe) {
  const Batch batch = strokes(0);
  const auto target = batch.annotation.weights(2);
  std::vector<std::vector<torch::Tensor>> gradients;
  for (const bool looks : {false, true}) {
    const auto network = make_network(NetworkOptions("unet", {"network.width=4"}),
                                      {.channels = 1, .classes = 2, .wish = {}}, 1);
    network->train();
    torch::manual_seed(9);  // dropout
    const auto logits = looks ? clean_pass(*network, batch.image_bcs, target, true).logits_bks
                              : network->forward(batch.image_bcs).logits_bks;
    for (const auto& parameter : network->parameters()) EXPECT_FALSE(parameter.grad().defined());
    partial_cross_entropy_from_logits(logits, target).backward();
    gradients.emplace_back();
    for (const auto& parameter : network->parameters())
      gradients.back().push_back(parameter.grad());
  }
  for (std::size_t n = 0; n < gradients[0].size(); ++n) {
    EXPECT_TRUE(gradients[0][n].equal(gradients[1][n])) << n;
  }
}

TEST(Puzzlemix, ShowsThePuzzleMixOfItsCleanPass) {
  const auto method = method_of("puzzlemix", {}, 2, kMap);
  for (std::int64_t step = 0; step < 4; ++step) {
    Identity network;
    const Batch batch = strokes(step);
    const auto found = values_of(method->losses({network, batch, 1}));
    const auto target = batch.annotation.weights(2);
    Identity again;
    const auto saliency = clean_pass(again, batch.image_bcs, target, false).saliency_bs;
    RandomStream random = random_of(step, Purpose::kIntraMix);
    RandomStream partners = random_of(step, Purpose::kInterMix);
    const std::int64_t grid = random_grid(batch.image_bcs, random);
    InterMixDraw pairs = draw_inter_mix({.beta = 1}, kImages, partners);
    pairs.beta_b = pairs.beta_b[0].expand({kImages});
    const PuzzleMix mix =
        puzzle_mix({}, batch.image_bcs, block_saliency(saliency, grid), grid, pairs);
    const auto mixed = mix.mix(batch.image_bcs);
    EXPECT_LT((network.seen_bcs - mixed).abs().max().item<double>(), 1e-6);
    EXPECT_NEAR(found.at("mixed_ce"),
                partial_cross_entropy_from_logits(torch::cat({torch::zeros_like(mixed), mixed}, 1),
                                                  mix.mix(target))
                    .item<double>(),
                1e-5);
    EXPECT_EQ(found.size(), 1U) << "no unmixed term unless asked for";
  }
}

TEST(Puzzlemix, LearnsFromUnmixedImagesIfAsked) {
  Identity network;
  const Batch batch = strokes(0);
  const auto found = values_of(
      method_of("puzzlemix", {"weight.scribble_ce=1"}, 2, kMap)->losses({network, batch, 1}));
  EXPECT_NEAR(found.at("scribble_ce"),
              partial_cross_entropy_from_logits(
                  torch::cat({torch::zeros_like(batch.image_bcs), batch.image_bcs}, 1),
                  batch.annotation.weights(2))
                  .item<double>(),
              1e-6);
}

TEST(Comixup, EveryBlockOfAMixShowsOneImageWithItsStrokes) {
  Identity network;
  Batch batch = strokes(0);
  for (std::int64_t b = 0; b < kImages; ++b) batch.image_bcs[b].fill_(static_cast<double>(b + 1));
  const auto found = values_of(method_of("comixup", {}, 2, kMap)->losses({network, batch, 1}));
  const auto mean = block_means(network.seen_bcs, 4);
  EXPECT_TRUE(mean.eq(mean.round()).all().item<bool>());
  EXPECT_EQ(found.count("scribble_ce"), 1U);
  EXPECT_GT(found.at("mixed_ce"), 0);
}

TEST(Comixup, MixesNoMoreImagesThanAsked) {
  Identity network;
  Batch batch = strokes(0);
  for (std::int64_t b = 0; b < kImages; ++b) batch.image_bcs[b].fill_(static_cast<double>(b));
  (void)method_of("comixup", {"comixup.together=1"}, 2, kMap)->losses({network, batch, 1});
  EXPECT_TRUE(network.seen_bcs.equal(batch.image_bcs));
}

/// Sees each pixel by itself and no further: what is predicted of a mix is the mix up to the holes.
TEST(Cyclemix, PredictionsAreComparedWhereTheyCanBe) {
  Identity network;
  const Batch batch = strokes(3);
  // Mixes of whole blocks and no turn: a network that sees single pixels is consistent beside
  // holes.
  const auto settings = std::vector<std::string>{"cyclemix.angle_degrees=0", "cyclemix.levels=1",
                                                 "cyclemix.hole.side=0.4"};
  const auto found =
      values_of(method_of("cyclemix", settings, 2, kMap)->losses({network, batch, 1}));
  EXPECT_NEAR(found.at("cycle"), 0, 1e-5);
  const auto holes = network.seen_bcs.eq(0).to(torch::kFloat32).mean().item<double>();
  EXPECT_GT(holes, 0.02);
  EXPECT_LT(holes, 0.2);
  EXPECT_GT(found.at("integrity"), 0);
  EXPECT_LT(found.at("integrity"), 1);
}

TEST(Cyclemix, ATurnIsUndoneBeforeStrokesAndPredictionsAreCompared) {
  Identity network;
  Batch batch = strokes(1);
  // Images that turning and interpolation leave alone.
  batch.image_bcs = torch::tensor({3.0F, 3.0F, 3.0F})
                        .view({kImages, 1, 1, 1})
                        .expand({kImages, 1, kSide, kSide})
                        .contiguous();
  const auto found = values_of(
      method_of("cyclemix", {"cyclemix.hole.side=0"}, 2, kMap)->losses({network, batch, 1}));
  EXPECT_NEAR(found.at("cycle"), 0, 1e-4) << "corners that a turn brings in do not count";
  EXPECT_LT(network.seen_bcs.min().item<double>(), 1) << "though there are some";
  EXPECT_GT(found.at("mixed_ce"), 0.9 * 32.0 / 52 * 3 * 0.8) << "strokes of background";
}

}  // namespace
}  // namespace medcl
