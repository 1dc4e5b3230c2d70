// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"

namespace medcl {
namespace {

/// Logits 0 at the resolution of the image, and coarser ones.
class Levels final : public Network {
 public:
  void set_compute_type(torch::ScalarType /*type*/) override {}
  std::vector<torch::Tensor> logits_bks;

 private:
  NetworkOutput pass(const torch::Tensor& /*image_bcs*/, const ClassPrompts*) override {
    return {.logits_bks = logits_bks.front(),
            .coarse_bks = {logits_bks.begin() + 1, logits_bks.end()}};
  }
};

/// Of both classes at each pixel; class 1 has the probability `prob`.
torch::Tensor logits_for(double prob, const std::vector<std::int64_t>& sizes) {
  const auto one = torch::full(sizes, prob).unsqueeze(1);
  return torch::cat({1 - one, one}, 1).log();
}

/// An image of 8 x 8 whose rows 3 and 7 are annotated, with class 1 and with background.
Batch two_rows() {
  auto labels = torch::full({1, 8, 8}, 255, torch::kUInt8);
  labels.select(1, 3).fill_(1);
  labels.select(1, 7).fill_(0);
  return batch_of(torch::zeros({1, 1, 8, 8}), labels, 2);
}

double dice_loss(double overlap, double predicted, double drawn) {
  return 1 - (2 * overlap + 1e-5) / (predicted + drawn + 1e-5);
}

TEST(Nnunet2d, SumsTheLevelsByTheirWeights) {
  Levels network;
  // The coarsest does not count, whatever it says.
  network.logits_bks = {logits_for(0.8, {1, 8, 8}), logits_for(0.6, {1, 4, 4}),
                        logits_for(1e-6, {1, 2, 2})};
  const auto method = method_of("nnunet2d", {}, 2, {1, 8, 8});
  const auto values = values_of(method->losses({network, two_rows(), 1}));
  const auto entropy = [](double p) { return -(std::log(p) + std::log(1 - p)) / 2; };
  EXPECT_NEAR(values.at("scribble_ce"), 2.0 / 3 * entropy(0.8) + 1.0 / 3 * entropy(0.6), 1e-6);
  // Rows 3 and 7 are the middles of rows 1 and 3 of four.
  const double fine = dice_loss(8 * 0.8, 16 * 0.8, 8), coarse = dice_loss(4 * 0.6, 8 * 0.6, 4);
  EXPECT_NEAR(values.at("scribble_dice"), 2.0 / 3 * fine + 1.0 / 3 * coarse, 1e-6);
}

TEST(Nnunet2d, MayKeepThinStrokesOnCoarserLevels) {
  Levels network;
  network.logits_bks = {logits_for(0.5, {1, 8, 8}), logits_for(0.5, {1, 4, 4}),
                        logits_for(0.5, {1, 2, 2})};
  auto labels = torch::full({1, 8, 8}, 255, torch::kUInt8);
  labels.select(1, 2).fill_(1);  // of no block the middle
  const Batch batch = batch_of(torch::zeros({1, 1, 8, 8}), labels, 2);
  const auto entropy = [&](const std::vector<std::string>& settings) {
    const auto method = method_of("nnunet2d", settings, 2, {1, 8, 8});
    return values_of(method->losses({network, batch, 1})).at("scribble_ce");
  };
  EXPECT_NEAR(entropy({}), 2.0 / 3 * std::log(2), 1e-6);
  EXPECT_NEAR(entropy({"nnunet2d.coarse=mean"}), std::log(2), 1e-6);
}

TEST(Nnunet2d, TakesDiceOfTheBatchOrOfEachImage) {
  Levels network;
  network.logits_bks = {torch::cat({logits_for(0.9, {1, 8, 8}), logits_for(0.1, {1, 8, 8})})};
  auto labels = torch::full({2, 8, 8}, 1, torch::kUInt8);
  labels[1].fill_(0);
  const Batch batch = batch_of(torch::zeros({2, 1, 8, 8}), labels, 2);
  const auto dice = [&](const std::vector<std::string>& settings) {
    const auto method = method_of("nnunet2d", settings, 2, {1, 8, 8});
    return values_of(method->losses({network, batch, 1})).at("scribble_dice");
  };
  EXPECT_NEAR(dice({}), dice_loss(64 * 0.9, 64, 64), 1e-6);
  EXPECT_NEAR(dice({"nnunet2d.batch_dice=false"}),
              (dice_loss(64 * 0.9, 64 * 0.9, 64) + dice_loss(0, 64 * 0.1, 0)) / 2, 1e-6);
}

TEST(Nnunet2d, WeighsItsDiceAndAsksForCoarserLevels) {
  Levels network;
  network.logits_bks = {logits_for(0.8, {1, 8, 8})};
  const auto method = method_of("nnunet2d", {"weight.dice=0.25"}, 2, {1, 8, 8});
  EXPECT_EQ(weights_of(method->losses({network, two_rows(), 1})).at("scribble_dice"), 0.25);
  const MethodOptions options("nnunet2d", /*prompts=*/false);
  EXPECT_TRUE(options.needs({.classes = 2}).network.deep_supervision);
  EXPECT_EQ(options.entry().network, "plainconvunet");
}

}  // namespace
}  // namespace medcl
