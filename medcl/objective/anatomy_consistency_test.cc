// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/anatomy_consistency.h"

#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

/// [m+1, h, w] from labels; unlabelled pixels (255) are 0 everywhere.
torch::Tensor one_hot(const torch::Tensor& labels, std::int64_t m, torch::ScalarType type) {
  std::vector<torch::Tensor> maps;
  for (std::int64_t label = 0; label <= m; ++label) maps.push_back(labels.eq(label).to(type));
  return torch::stack(maps);
}

TEST(AnatomyMaps, OfHardLabelsAreLogicalOr) {
  const auto cases = reference_cases("targets.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  for (const auto& [name, reference] : cases) {
    if (!reference.has("in.labels")) continue;
    const auto expected = reference.at("out.y");
    const std::int64_t m = (expected.size(0) + 1) / 2;
    const auto sets = class_sets_of(reference.fields.at("in.omega"), m);
    for (const auto type : kBothPrecisions) {
      const auto hot = one_hot(reference.fields.at("in.labels"), m, type).unsqueeze(0);
      expect_matches(anatomy_maps(hot, sets).squeeze(0), expected, name);
    }
  }
}

TEST(AnatomyMaps, OfSoftMapsAreSums) {
  const auto cases = reference_cases("targets.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  for (const auto& [name, reference] : cases) {
    if (!reference.has("in.y")) continue;
    for (const auto type : kBothPrecisions) {
      const auto y = reference.at("in.y", type);
      const auto sets = class_sets_of(reference.fields.at("in.omega"), y.size(0));
      const auto prob = torch::cat({torch::full_like(y.narrow(0, 0, 1), 0.5), y}).unsqueeze(0);
      const auto expected = torch::cat({reference.at("in.y"), reference.at("out.union_sum")});
      expect_matches(anatomy_maps(prob, sets).squeeze(0), expected, name);
    }
  }
}

TEST(AnatomyMaps, HaveTheDerivativesTheyClaim) {
  RandomStream stream({.seed = 3});
  const auto sets = nested_class_sets(4, stream);
  const auto weights = random_normal({2, 7, 3, 2}, 1);
  const auto loss = [&](const torch::Tensor& p) { return (anatomy_maps(p, sets) * weights).sum(); };
  EXPECT_LT(gradient_error(loss, random_normal({2, 5, 3, 2}, 2).softmax(1)), 1e-6);
}

TEST(AnatomyConsistency, MatchesTheReference) {
  const auto cases = reference_cases("cluster_ac.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      if (!reference.has("in.y_hat")) continue;
      const auto maps = reference.at("in.y_hat", type).requires_grad_();
      const auto codes = reference.at("in.prototypes", type).requires_grad_();
      const auto sets = class_sets_of(reference.fields.at("in.omega"), (maps.size(1) + 1) / 2);
      const auto loss = anatomy_consistency_loss(maps, codes, sets);
      expect_matches(loss.segmentation, reference.at("out.L_ac.segmentation"), name);
      expect_matches(loss.prototypes, reference.at("out.L_ac.prototypes"), name);
      expect_matches(loss.segmentation + loss.prototypes, reference.at("out.L_ac"), name);
      if (type != torch::kFloat64 || !reference.has("out.grad_y_hat")) continue;
      expect_matches(gradient_of(loss.segmentation, maps), reference.at("out.grad_y_hat"), name,
                     1e-9);
      expect_matches(gradient_of(loss.prototypes, codes), reference.at("out.grad_prototypes"), name,
                     1e-9);
    }
  }
}

TEST(AnatomyConsistency, HasTheDerivativesItClaims) {
  RandomStream stream({.seed = 4});
  const auto sets = nested_class_sets(3, stream);
  const auto maps = random_normal({2, 5, 3, 3}, 1), codes = random_normal({2, 5, 4}, 2);
  const auto of_maps = [&](const torch::Tensor& x) {
    return anatomy_consistency_loss(x, codes, sets).segmentation;
  };
  const auto of_codes = [&](const torch::Tensor& x) {
    return anatomy_consistency_loss(maps, x, sets).prototypes;
  };
  EXPECT_LT(gradient_error(of_maps, maps), 1e-6);
  EXPECT_LT(gradient_error(of_codes, codes), 1e-6);
}

TEST(AnatomyConsistency, SumsOfASoftmaxAreAlwaysConsistent) {
  RandomStream stream({.seed = 5});
  const auto sets = nested_class_sets(3, stream);
  const auto logits = random_normal({2, 4, 5, 5}, 6).requires_grad_();
  const auto loss = anatomy_consistency_loss(anatomy_maps(logits.softmax(1), sets),
                                             random_normal({2, 5, 4}, 7), sets);
  EXPECT_NEAR(loss.segmentation.item<double>(), -2.0, 1e-12);
  EXPECT_LT(gradient_of(loss.segmentation, logits).abs().max().item<double>(), 1e-12);
}

TEST(AnatomyConsistency, OfOneClassIsZeroAndCanBeDifferentiated) {
  const auto maps = random_normal({2, 1, 3, 3}, 8).requires_grad_();
  const auto codes = random_normal({2, 1, 4}, 9).requires_grad_();
  const auto loss = anatomy_consistency_loss(maps, codes, ClassSets{.m = 1});
  const auto total = loss.segmentation + loss.prototypes;
  EXPECT_EQ(total.item<double>(), 0.0);
  EXPECT_EQ(gradient_of(total, maps).abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace medcl
