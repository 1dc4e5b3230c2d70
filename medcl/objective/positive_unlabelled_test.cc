// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/positive_unlabelled.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/objective/class_margins.h"

namespace medcl {
namespace {

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
double slope(double z) { return sigmoid(z) * (1 - sigmoid(z)); }

/// Margins of positive, unlabelled and negative pixels, one after the other.
PositiveUnlabelled pixels(const std::vector<double>& positive,
                          const std::vector<double>& unlabelled,
                          const std::vector<double>& negative = {}) {
  std::vector<double> margin = positive;
  margin.insert(margin.end(), unlabelled.begin(), unlabelled.end());
  margin.insert(margin.end(), negative.begin(), negative.end());
  const auto range = [&](std::size_t first, std::size_t count) {
    auto mask = torch::zeros({std::ssize(margin)}, torch::kFloat64);
    mask.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count)).fill_(1);
    return mask;
  };
  return {torch::tensor(margin, torch::kFloat64).requires_grad_(), range(0, positive.size()),
          range(positive.size() + unlabelled.size(), negative.size()),
          range(positive.size(), unlabelled.size()).to(torch::kBool)};
}

std::vector<double> gradient(const torch::Tensor& loss, const PositiveUnlabelled& of) {
  loss.backward();
  const auto grad = of.margin.grad();
  return {grad.data_ptr<double>(), grad.data_ptr<double>() + grad.numel()};
}

torch::Tensor scalar(double value) { return torch::tensor(value, torch::kFloat64); }

TEST(NnpuRisk, IsTheUnbiasedRiskWhereItIsNotNegative) {
  const auto of = pixels({1, 2}, {-1, 0, 0.5});
  const double prior = 0.3;
  const double positive = (sigmoid(-1) + sigmoid(-2)) / 2;
  const double unlabelled = (sigmoid(-1) + sigmoid(0) + sigmoid(0.5)) / 3;
  const double negative = unlabelled - prior * (sigmoid(1) + sigmoid(2)) / 2;
  ASSERT_GT(negative, 0);
  const auto risk = nnpu_risk(of, scalar(prior));
  EXPECT_NEAR(risk.item<double>(), prior * positive + negative, 1e-12);
  const auto found = gradient(risk, of);
  EXPECT_NEAR(found[0], -2 * prior * slope(1) / 2, 1e-12);
  EXPECT_NEAR(found[2], slope(-1) / 3, 1e-12);
}

TEST(NnpuRisk, StepsBackWhereTheRiskOfTheNegativesFellBelowZero) {
  const double prior = 0.9, gamma = 0.5;
  const auto of = pixels({3}, {-3});
  ASSERT_LT(sigmoid(-3) - prior * sigmoid(3), 0);
  const auto risk = nnpu_risk(of, scalar(prior), {.gamma = gamma});
  EXPECT_NEAR(risk.item<double>(), prior * sigmoid(-3), 1e-12) << "what is told is the risk";
  const auto found = gradient(risk, of);
  EXPECT_NEAR(found[0], gamma * prior * slope(3), 1e-12);
  EXPECT_NEAR(found[1], -gamma * slope(-3), 1e-12) << "ascends";
}

TEST(NnpuRisk, ToleratesARiskDownToBeta) {
  const double prior = 0.9;
  const auto of = pixels({3}, {-3});
  const double negative = sigmoid(-3) - prior * sigmoid(3);
  const auto risk = nnpu_risk(of, scalar(prior), {.beta = 1});
  EXPECT_NEAR(risk.item<double>(), prior * sigmoid(-3) + negative, 1e-12);
  EXPECT_NEAR(gradient(risk, of)[1], slope(-3), 1e-12);
}

TEST(NnpuRisk, AnnotatedNegativesCountAsMuchAsAsked) {
  const auto of = pixels({1}, {0}, {2, -1});
  const double prior = 0.3, share = 0.25;
  const double alone = nnpu_risk(of, scalar(prior)).item<double>();
  const double supervised = prior * sigmoid(-1) + (1 - prior) * (sigmoid(2) + sigmoid(-1)) / 2;
  EXPECT_NEAR(nnpu_risk(of, scalar(prior), {.negatives = share}).item<double>(),
              (1 - share) * alone + share * supervised, 1e-12);
}

TEST(PositiveUnlabelled, WithoutPositiveOrUnlabelledPixelsNothingIsLearned) {
  for (const auto& of : {pixels({}, {0.5, 2}), pixels({1}, {})}) {
    for (const auto& loss : {nnpu_risk(of, scalar(0.5)), value_ignoring_loss(of, 0.5)}) {
      EXPECT_EQ(loss.item<double>(), 0);
      for (const double one : gradient(loss, of)) EXPECT_EQ(one, 0);
    }
  }
}

TEST(ValueIgnoringLoss, LeavesOutTheShareThatScoresHighest) {
  const auto of = pixels({0.5}, {2, -1, 3, 0});
  const auto loss = value_ignoring_loss(of, 0.5);
  EXPECT_NEAR(loss.item<double>(),
              (-std::log(sigmoid(0.5)) - (std::log(sigmoid(1)) + std::log(sigmoid(0))) / 2) / 2,
              1e-12);
  const auto found = gradient(loss, of);
  EXPECT_EQ(found[1], 0) << "2 is discarded";
  EXPECT_EQ(found[3], 0) << "3 is discarded";
  EXPECT_NEAR(found[2], sigmoid(-1) / 4, 1e-12);
  EXPECT_NEAR(found[4], sigmoid(0) / 4, 1e-12);
}

TEST(ValueIgnoringLoss, WithShareZeroAllCountAndWithOneNone) {
  const auto of = pixels({0.5}, {2, -1});
  const double positive = -std::log(sigmoid(0.5)) / 2;
  EXPECT_NEAR(value_ignoring_loss(of, 0).item<double>(),
              positive - (std::log(sigmoid(-2)) + std::log(sigmoid(1))) / 4, 1e-12);
  EXPECT_NEAR(value_ignoring_loss(of, 1).item<double>(), positive, 1e-12);
}

TEST(ValueIgnoringLoss, StrokesOfOtherClassesAreNeverLeftOut) {
  const auto of = pixels({0.5}, {2, -1}, {4});
  EXPECT_NEAR(value_ignoring_loss(of, 0.5, /*with_negatives=*/true).item<double>(),
              (-std::log(sigmoid(0.5)) - (std::log(sigmoid(1)) + std::log(sigmoid(-4))) / 2) / 2,
              1e-12);
}

TEST(ClassMargins, AreTheLogOddsOfTheSoftmax) {
  const auto logits = torch::randn({2, 4, 3, 3}, torch::kFloat64);
  const auto prob = logits.softmax(1);
  EXPECT_LT((class_margins(logits) - (prob / (1 - prob)).log()).abs().max().item<double>(), 1e-10);
  const auto extreme = torch::tensor({900.0, -900.0, 0.0}).view({1, 3, 1, 1});
  EXPECT_EQ(class_margins(extreme)[0][0][0][0].item<double>(), 900);
}

}  // namespace
}  // namespace medcl
