// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"

namespace medcl {
namespace {

TEST(FullSup, IsCrossEntropyAndDiceOfEveryPixelButThoseBeyondTheImage) {
  const MethodOptions options("fullsup", /*prompts=*/false, {"weight.dice=0.5"});
  const auto method = make_method(options, {.classes = 2, .seed = 1});
  const auto prob = torch::tensor({0.9, 0.2, 0.6, 0.5}, torch::kF32).view({1, 1, 2, 2});
  FixedNetwork network({.logits_bks = torch::cat({1 - prob, prob}, 1).log()});
  Batch batch;
  batch.image_bcs = torch::zeros({1, 1, 2, 2});
  batch.annotation.labels_bs = torch::tensor({1, 0, 0, 255}).view({1, 2, 2}).to(torch::kU8);
  const LossTerms terms = method->losses({network, batch, 1});
  EXPECT_NEAR(values_of(terms).at("ce"), -(std::log(0.9) + std::log(0.8) + std::log(0.4)) / 3,
              1e-6);
  const double foreground = 2 * 0.9 / (1 + 0.9 + 0.2 + 0.6);
  const double background = 2 * (0.8 + 0.4) / (2 + 0.1 + 0.8 + 0.4);
  EXPECT_NEAR(values_of(terms).at("dice"), 1 - (foreground + background) / 2, 1e-6);
  EXPECT_EQ(weights_of(terms).at("dice"), 0.5);
}

TEST(FullSup, AsksForDenseLabels) {
  const MethodContext context{.classes = 2};
  EXPECT_TRUE(MethodOptions("fullsup", /*prompts=*/false).needs(context).dense_labels);
  EXPECT_FALSE(MethodOptions("pce", /*prompts=*/false).needs(context).dense_labels);
}

}  // namespace
}  // namespace medcl
