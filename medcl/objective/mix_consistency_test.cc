// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mix_consistency.h"

#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

torch::Tensor mixed_maps(const ReferenceCase& reference, torch::ScalarType type) {
  if (reference.has("in.y_mixed")) return reference.at("in.y_mixed", type);
  const auto beta = reference.at("in.beta", type);
  return beta * reference.at("in.y1", type) + (1 - beta) * reference.at("in.y2", type);
}

TEST(MixConsistency, MatchesTheReference) {
  const auto cases = reference_cases("mix.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      if (!reference.has("in.y12")) continue;
      const auto y12 = reference.at("in.y12", type).requires_grad_();
      const auto loss = mix_consistency_loss(y12, mixed_maps(reference, type));
      expect_matches(loss, reference.at("out.L_mix.per_channel"), name);
      ++compared;
      const std::string gradient_name = "out.grad_y12.per_channel";
      if (type != torch::kFloat64 || !reference.has(gradient_name)) continue;
      expect_matches(gradient_of(loss, y12), reference.at(gradient_name), name + " gradient", 1e-9);
    }
  }
  EXPECT_GE(compared, 8);
}

TEST(MixConsistency, HasTheDerivativesItClaims) {
  const auto other = random_normal({2, 3, 4, 3}, 1);
  const auto of_first = [&](const torch::Tensor& y) { return mix_consistency_loss(y, other); };
  const auto of_second = [&](const torch::Tensor& y) { return mix_consistency_loss(other, y); };
  EXPECT_LT(gradient_error(of_first, random_normal({2, 3, 4, 3}, 2)), 1e-6);
  EXPECT_LT(gradient_error(of_second, random_normal({2, 3, 4, 3}, 2)), 1e-6);
}

TEST(MixConsistency, IsLowestForTheMixItself) {
  const auto y1 = random_normal({2, 4, 6, 6}, 5).softmax(1);
  const auto y2 = random_normal({2, 4, 6, 6}, 6).softmax(1);
  const auto mixed = 0.3 * y1 + 0.7 * y2;
  EXPECT_NEAR(mix_consistency_loss(mixed, mixed).item<double>(), -1.0, 1e-12);
  EXPECT_GT(mix_consistency_loss(y1, mixed).item<double>(), -1.0 + 1e-6);
}

TEST(MixConsistency, EmptyMapsGiveFiniteGradients) {
  auto y12 = torch::zeros({1, 2, 4, 4}, torch::kFloat32).requires_grad_();
  const auto loss = mix_consistency_loss(y12, torch::zeros({1, 2, 4, 4}));
  EXPECT_EQ(loss.item<double>(), 0.0);
  EXPECT_TRUE(gradient_of(loss, y12).isfinite().all().item<bool>());
}

}  // namespace
}  // namespace medcl
