// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/marginal_pu.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medcl {
namespace {

/// Six pixels, the first annotated. Rows: background, 1, 2.
torch::Tensor prob_bks() {
  return torch::tensor({0.1, 0.1, 0.5, 0.3, 0.2, 0.6,  //
                        0.8, 0.7, 0.3, 0.1, 0.2, 0.3,  //
                        0.1, 0.2, 0.2, 0.6, 0.6, 0.1},
                       torch::kFloat64)
      .view({1, 3, 6});
}

torch::Tensor unlabelled_bs() {
  auto mask = torch::ones({1, 6}, torch::kBool);
  mask[0][0] = false;
  return mask;
}

std::vector<bool> row(const torch::Tensor& excluded_bks, std::int64_t k) {
  std::vector<bool> found;
  for (std::int64_t n = 0; n < 6; ++n) found.push_back(excluded_bks[0][k][n].item<bool>());
  return found;
}

TEST(ExcludedClasses, AreThoseBelowTheShareOfTheClass) {
  // Two fifths of 5: the second largest of class 1 is .3, which two pixels have.
  const auto excluded = excluded_classes(prob_bks(), unlabelled_bs(),
                                         torch::tensor({0.4, 0.4, 0.2}), torch::ones({3}));
  EXPECT_EQ(row(excluded, 0), std::vector<bool>(6, false)) << "background is excluded nowhere";
  EXPECT_EQ(row(excluded, 1), (std::vector<bool>{false, false, false, true, true, false}));
  EXPECT_EQ(row(excluded, 2), (std::vector<bool>{false, true, true, false, false, true}));
}

TEST(ExcludedClasses, OfShareZeroAreExcludedEverywhereAndOfUnknownShareNowhere) {
  const auto excluded =
      excluded_classes(prob_bks(), unlabelled_bs(), torch::tensor({1.0, 0.0, 0.0}),
                       torch::tensor({true, true, false}));
  EXPECT_EQ(row(excluded, 1), (std::vector<bool>{false, true, true, true, true, true}));
  EXPECT_EQ(row(excluded, 2), std::vector<bool>(6, false));
}

TEST(MarginalLoss, IsTheLogOfWhatIsLeftWhereAnythingIsExcluded) {
  auto excluded = torch::zeros({1, 3, 6}, torch::kBool);
  excluded[0][1][3] = excluded[0][2][3] = excluded[0][1][4] = true;
  const auto prob = prob_bks().requires_grad_();
  const auto loss = marginal_loss(prob, excluded);
  EXPECT_NEAR(loss.item<double>(), -(std::log(0.3) + std::log(0.8)) / 2, 1e-12);
  loss.backward();
  EXPECT_EQ(prob.grad().select(2, 5).abs().sum().item<double>(), 0) << "nothing is known there";
  EXPECT_EQ(prob.grad()[0][1][4].item<double>(), 0);
  EXPECT_NEAR(prob.grad()[0][2][4].item<double>(), -0.5 / 0.8, 1e-12);
}

TEST(MarginalLoss, IsZeroWhereNothingIsExcluded) {
  const auto prob = prob_bks().requires_grad_();
  const auto loss = marginal_loss(prob, torch::zeros({1, 3, 6}, torch::kBool));
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(prob.grad().abs().sum().item<double>(), 0);
}

}  // namespace
}  // namespace medcl
