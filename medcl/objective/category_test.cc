// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/category.h"

#include "medcl/objective/gradient_check.h"
#include "medcl/objective/reference_cases.h"

namespace medcl {
namespace {

TEST(Category, MatchesTheReference) {
  const auto cases = reference_cases("supervised.safetensors");
  if (cases.empty()) GTEST_SKIP() << "no reference numbers";
  int compared = 0;
  for (const auto type : kBothPrecisions) {
    for (const auto& [name, reference] : cases) {
      if (!reference.has("in.present")) continue;
      const auto present = reference.at("in.present", type).unsqueeze(0);
      const auto prob = reference.at("in.prob", type).clone().requires_grad_();
      const auto loss = category_loss(prob.unsqueeze(0), present);
      expect_matches(loss, reference.at("out.with_background"), name);
      ++compared;
      const std::string gradient_name = "out.with_background.grad";
      if (type != torch::kFloat64 || !reference.has(gradient_name)) continue;
      expect_matches(gradient_of(loss, prob), reference.at(gradient_name), name + " gradient",
                     1e-9);
    }
  }
  EXPECT_GE(compared, 12);
}

TEST(Category, HasTheDerivativesItClaims) {
  const auto present = torch::tensor({{0., 1., 0.}, {-1., -1., -1.}, {1., 0., 1.}}, torch::kDouble);
  const auto loss = [&](const torch::Tensor& p) { return category_loss(p, present); };
  EXPECT_LT(gradient_error(loss, random_normal({3, 3, 3, 3}, 1).softmax(1), 1e-4), 1e-6);
}

TEST(Category, RowsOfUnknownCategoriesAreLeftOut) {
  const auto prob = random_normal({2, 3, 4, 4}, 2).softmax(1);
  const auto known = torch::tensor({{1., 1., 0.}}, torch::kDouble);
  const auto both = torch::cat({known, torch::full({1, 3}, -1.0, torch::kDouble)});
  EXPECT_DOUBLE_EQ(category_loss(prob, both).item<double>(),
                   category_loss(prob.narrow(0, 0, 1), known).item<double>());
}

TEST(Category, AnUnknownClassIsNeitherAskedForNorForbidden) {
  // Strokes of one class alone: nothing is known to be absent, and nothing is learned.
  const auto prob = random_normal({1, 4, 4, 4}, 5).softmax(1).requires_grad_();
  const auto one_stroke = torch::tensor({{1., -1., -1., 1.}}, torch::kDouble);
  const auto silent = category_loss(prob, one_stroke);
  EXPECT_EQ(silent.item<double>(), 0.0);
  EXPECT_EQ(gradient_of(silent, prob).abs().max().item<double>(), 0.0);
  // One is known to be absent: only its probability counts.
  const auto absent = torch::tensor({{1., -1., 0., 1.}}, torch::kDouble);
  const auto expected = -(1 - prob.detach().select(1, 2)).log().mean();
  EXPECT_NEAR(category_loss(prob, absent).item<double>(), expected.item<double>(), 1e-12);
}

TEST(Category, IsZeroWhenNothingIsKnown) {
  const auto prob = random_normal({2, 3, 4, 4}, 3).softmax(1).requires_grad_();
  const auto loss = category_loss(prob, torch::full({2, 3}, -1.0));
  EXPECT_EQ(loss.item<double>(), 0.0);
  EXPECT_EQ(gradient_of(loss, prob).abs().max().item<double>(), 0.0);
}

TEST(Category, TakesIntegerFlags) {
  const auto prob = random_normal({1, 3, 4, 4}, 4).softmax(1);
  EXPECT_EQ(category_loss(prob, torch::tensor({{0, 1, 0}})).item<double>(),
            category_loss(prob, torch::tensor({{0., 1., 0.}})).item<double>());
}

TEST(Category, SaturatedProbabilitiesStayFinite) {
  for (const double sign : {-1.0, 1.0}) {
    auto logits = torch::zeros({1, 3, 2, 2});
    logits.select(1, 1).fill_(sign * 1e4);
    logits.requires_grad_();
    const auto loss = category_loss(logits.softmax(1), torch::tensor({{0., 0., 1.}}));
    EXPECT_TRUE(loss.isfinite().item<bool>());
    EXPECT_TRUE(gradient_of(loss, logits).isfinite().all().item<bool>());
  }
}

}  // namespace
}  // namespace medcl
