// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/similarity.h"

#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

TEST(Cosine, MatchesTheReference) {
  const auto cases = reference_cases("sim.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      const auto a = reference.at("in.z1", type).requires_grad_();
      const auto similarity = -cosine(a, reference.at("in.z2", type), 0);
      expect_matches(similarity, reference.at("out.sim"), name);
      if (type != torch::kFloat64) continue;
      expect_matches(gradient_of(similarity, a), reference.at("out.grad_z1"), name + " gradient",
                     1e-9);
    }
  }
}

TEST(Cosine, HasTheDerivativeItClaims) {
  const auto b = random_normal({2, 3, 7}, 1);
  for (const std::int64_t dim : {0, 1, 2, -1}) {
    const auto loss = [&](const torch::Tensor& a) { return cosine(a, b, dim).square().sum(); };
    EXPECT_LT(gradient_error(loss, random_normal({2, 3, 7}, 2)), 1e-6);
  }
}

TEST(Cosine, IsSymmetricBoundedAndBlindToScale) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto a = random_normal({5, 9}, seed), b = random_normal({5, 9}, seed + 100);
    const auto value = cosine(a, b, 1);
    EXPECT_TRUE(torch::allclose(value, cosine(b, a, 1)));
    EXPECT_TRUE(torch::allclose(value, cosine(a * 1e3, b * 1e-4, 1)));
    EXPECT_LE(value.abs().max().item<double>(), 1.0 + 1e-12);
    EXPECT_TRUE(torch::allclose(cosine(a, a, 1), torch::ones({5}, torch::kFloat64)));
  }
}

TEST(Cosine, OfAZeroVectorIsZeroWithZeroGradient) {
  for (const auto type : kBothPrecisions) {
    auto a = torch::cat({torch::zeros({1, 4}), torch::ones({1, 4})}).to(type).requires_grad_();
    auto b = torch::cat({torch::ones({1, 4}), torch::zeros({1, 4})}).to(type).requires_grad_();
    const auto value = cosine(a, b, 1);
    EXPECT_EQ(value.abs().max().item<double>(), 0.0);
    EXPECT_EQ(gradient_of(value.sum(), a).abs().max().item<double>(), 0.0);
    EXPECT_EQ(gradient_of(cosine(a, b, 1).sum(), b).abs().max().item<double>(), 0.0);
  }
}

TEST(Cosine, OneZeroVectorLeavesTheOthersAlone) {
  auto a = random_normal({3, 5}, 3);
  const auto b = random_normal({3, 5}, 4);
  const auto full = a.clone().requires_grad_();
  const auto expected = gradient_of(cosine(full, b, 1)[2], full)[2];
  a[1].zero_();
  a.requires_grad_();
  const auto gradient = gradient_of(cosine(a, b, 1).sum(), a);
  EXPECT_TRUE(torch::allclose(gradient[2], expected));
  EXPECT_EQ(gradient[1].abs().max().item<double>(), 0.0);
}

}  // namespace
}  // namespace medcl
