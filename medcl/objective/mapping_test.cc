// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mapping.h"

#include <cmath>
#include <cstdlib>

#include "medcl/core/error.h"
#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

/// The mean over samples and prototypes, as some reference numbers have it.
torch::Tensor mean_over_all(const torch::Tensor& scores_dn, double temperature) {
  return mapping_loss(scores_dn, {}, temperature) / scores_dn.size(0);
}

TEST(MappingLoss, MatchesTheReference) {
  const auto cases = reference_cases("sinkhorn.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  const std::string prefix = "out.map_loss.w";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      for (const auto& [field, expected] : reference.fields) {
        if (!field.starts_with(prefix) || !field.ends_with(".mean_samples")) continue;
        const double temperature = std::strtod(field.c_str() + prefix.size(), nullptr);
        const auto loss = mapping_loss(reference.at("in.scores", type), {}, temperature);
        expect_matches(loss, expected, name + " " + field);
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(MappingLoss, GradientsMatchTheReference) {
  const auto cases = reference_cases("sinkhorn.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  const std::string prefix = "out.map_loss.w0.1.mean_all.grad_";
  for (const auto& [name, reference] : cases) {
    if (!reference.has(prefix + "scores")) continue;
    auto scores = reference.at("in.scores").clone();
    scores.requires_grad_();
    const auto loss = mean_over_all(scores, 0.1);
    expect_matches(gradient_of(loss, scores), reference.at(prefix + "scores"), name, 1e-9);
    if (!reference.has(prefix + "y_hat")) continue;
    const auto prototypes = reference.at("in.prototypes").clone().requires_grad_();
    const auto maps = reference.at("in.y_hat").clone().requires_grad_();
    const auto product = torch::matmul(prototypes.t(), maps);
    const auto again = mean_over_all(product, 0.1);
    expect_matches(gradient_of(again, maps), reference.at(prefix + "y_hat"), name, 1e-9);
    expect_matches(gradient_of(again, prototypes), reference.at(prefix + "prototypes"), name, 1e-9);
  }
}

TEST(PixelMappingLoss, IsTheMappingLossOverThePixelsOfEachImage) {
  const auto codes = random_normal({2, 5, 7}, 21);
  const auto maps = random_normal({2, 5, 4, 3}, 22).sigmoid();
  double expected = 0;
  for (std::int64_t b = 0; b < 2; ++b) {
    const auto scores = torch::einsum("kd,kn->dn", {codes[b], maps[b].flatten(1)});
    expected += mapping_loss(scores, {}, 0.3).item<double>() / 2;
  }
  EXPECT_NEAR(pixel_mapping_loss(codes, maps, {}, 0.3).item<double>(), expected, 1e-12);
}

TEST(MappingLoss, OfTwoViewsMatchesTheReference) {
  const auto cases = reference_cases("sinkhorn.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      if (!reference.has("in.scores1")) continue;
      const auto first = reference.at("in.scores1", type);
      const auto second = reference.at("in.scores2", type);
      for (const std::string w : {"0.1", "0.5"}) {
        const double temperature = std::strtod(w.c_str(), nullptr);
        const auto same = mean_over_all(first, temperature) + mean_over_all(second, temperature);
        expect_matches(same / 2, reference.at("out.w" + w + ".same_view.mean_all"), name);
      }
    }
  }
}

TEST(MappingLoss, HasTheDerivativesItClaims) {
  // With a huge entropy weight the assignment is uniform wherever the scores are.
  const SinkhornOptions uniform{.entropy_weight = 1e10};
  const auto loss = [&](const torch::Tensor& s) { return mapping_loss(s, uniform, 0.3); };
  EXPECT_LT(gradient_error(loss, random_normal({4, 6}, 2)), 1e-6);
}

TEST(MappingLoss, IsFiniteForHugeScores) {
  auto scores = (random_normal({4, 6}, 3) * 1e4).to(torch::kFloat32).requires_grad_();
  const auto loss = mapping_loss(scores, {}, 0.1);
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(gradient_of(loss, scores).isfinite().all().item<bool>());
}

TEST(MappingHead, LinearHeadMatchesTheReference) {
  const auto cases = reference_cases("sinkhorn.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  const auto& reference = cases.at("head");
  for (const auto type : kBothPrecisions) {
    const auto maps = reference.at("in.y_hat", type).unsqueeze(2);
    const auto weight = reference.at("in.weight", type);
    MappingHead head(maps.size(3), maps.size(1), MappingOptions{.prototypes = weight.size(0)});
    head->to(type);
    const torch::NoGradGuard no_grad;
    head->named_parameters()["project.weight"].copy_(weight);
    const auto codes = head->forward(maps) + reference.at("in.bias", type);
    expect_matches(codes, reference.at("out.prototypes"), "codes");
    expect_matches(codes.mean(0), reference.at("out.centres"), "centres");
  }
}

TEST(MappingHead, EveryKindGivesOneCodePerMap) {
  for (const auto& [name, kind] : choices(MappingKind{})) {
    MappingHead head(12, 5, MappingOptions{.head = kind, .prototypes = 7, .hidden = 9});
    const auto maps = random_normal({2, 5, 3, 4}, 6).to(torch::kFloat32).requires_grad_();
    const auto codes = head->forward(maps);
    EXPECT_EQ(codes.sizes(), torch::IntArrayRef({2, 5, 7})) << name;
    EXPECT_TRUE(gradient_of(codes.square().sum(), maps).isfinite().all().item<bool>()) << name;
    if (kind != MappingKind::kLinearNorm) continue;
    EXPECT_TRUE(torch::allclose(codes.sum(2), torch::ones({2, 5}))) << "a softmax over prototypes";
  }
}

TEST(MappingHead, PaperHeadIsLinearWithoutBias) {
  MappingHead head(12, 3, MappingOptions{.prototypes = 4});
  const auto a = random_normal({1, 3, 3, 4}, 1).to(torch::kFloat32);
  const auto b = random_normal({1, 3, 3, 4}, 2).to(torch::kFloat32);
  EXPECT_TRUE(torch::allclose(head(a + 2 * b), head(a) + 2 * head(b), 1e-4, 1e-5));
}

}  // namespace
}  // namespace medcl
