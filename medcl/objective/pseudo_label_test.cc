// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/pseudo_label.h"

#include <gtest/gtest.h>

#include "medcl/objective/gradient_check.h"

namespace medcl {
namespace {

/// One image of two pixels and three classes.
const torch::Tensor kProb = torch::tensor({{0.2, 0.6}, {0.5, 0.3}, {0.3, 0.1}}).unsqueeze(0);

TEST(PseudoLabel, AbsentClassesHaveNoShareAndTheRestSumsToOne) {
  const auto present = torch::tensor({{1.0, 0.0, -1.0}});
  const auto target = without_absent(kProb, present);
  const auto expected =
      torch::tensor({{0.2 / 0.5, 0.6 / 0.7}, {0.0, 0.0}, {0.3 / 0.5, 0.1 / 0.7}}).unsqueeze(0);
  EXPECT_TRUE(torch::allclose(target, expected, 0, 1e-6));
  EXPECT_TRUE(torch::equal(without_absent(kProb, {}), kProb));
}

TEST(PseudoLabel, TheBackgroundIsNeverAbsentAndAnEmptySumIsFinite) {
  const auto certain = torch::tensor({{0.0, 0.4}, {1.0, 0.6}}).unsqueeze(0);
  const auto target = without_absent(certain, torch::tensor({{0.0, 0.0}}));
  EXPECT_TRUE(torch::equal(target, torch::tensor({{0.0, 1.0}, {0.0, 0.0}}).unsqueeze(0)));
}

TEST(PseudoLabel, OnlyWhatIsSurerThanTheBoundIsALabel) {
  EXPECT_TRUE(torch::equal(confident_labels(kProb, 0.5),
                           torch::tensor({{0.0, 1.0}, {0.0, 0.0}, {0.0, 0.0}}).unsqueeze(0)))
      << ".5 is not surer than .5";
  EXPECT_TRUE(torch::equal(confident_labels(kProb, 0),
                           torch::tensor({{0.0, 1.0}, {1.0, 0.0}, {0.0, 0.0}}).unsqueeze(0)));
}

TEST(PseudoLabel, AnnotationWins) {
  const auto target = torch::tensor({{0.0, 1.0}, {1.0, 0.0}, {0.0, 0.0}}).unsqueeze(0);
  const auto strokes = torch::tensor({{0.0, 0.0}, {0.0, 0.0}, {0.0, 1.0}}).unsqueeze(0);
  EXPECT_TRUE(torch::equal(with_annotation(target, strokes),
                           torch::tensor({{0.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}}).unsqueeze(0)));
}

TEST(SquaredDice, IsThatOfPenAndPaper) {
  const auto prob = torch::tensor({{0.8, 0.4, 0.9}, {0.2, 0.6, 0.1}}, torch::kF64).unsqueeze(0);
  const auto target = torch::tensor({{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}}, torch::kF64).unsqueeze(0);
  const double e = 1e-5;
  const double first = (2 * 0.8 + e) / (0.64 + 0.16 + 1 + e);
  const double second = (2 * 0.6 + e) / (0.04 + 0.36 + 1 + e);
  EXPECT_NEAR(squared_dice(prob, target).item<double>(), 1 - (first + second) / 2, 1e-12)
      << "the third pixel has no target";
  EXPECT_EQ(squared_dice(prob, torch::zeros_like(prob)).item<double>(), 0);
}

TEST(SquaredDice, HasTheGradientOfItsValue) {
  torch::manual_seed(3);
  const auto target = torch::randint(0, 2, {2, 3, 4, 4}).to(torch::kF64);
  const auto loss = [&](const torch::Tensor& x) { return squared_dice(x.softmax(1), target); };
  EXPECT_LT(gradient_error(loss, torch::randn({2, 3, 4, 4}, torch::kF64)), 1e-7);
}

}  // namespace
}  // namespace medcl
