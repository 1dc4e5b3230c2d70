// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/class_shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/random.h"

namespace medcl {
namespace {

/// The definition, threshold by threshold.
double searched(const std::vector<float>& positive, const std::vector<float>& unlabelled) {
  const double n_p = double(positive.size()), n_u = double(unlabelled.size());
  double smallest = 1e300, share = 1;
  for (const float threshold : positive) {
    const auto reached = [threshold](float score) { return score >= threshold; };
    const double q_p = double(std::ranges::count_if(positive, reached)) / n_p;
    const double q_u = double(std::ranges::count_if(unlabelled, reached)) / n_u;
    const double bound =
        q_u / q_p +
        1.01 / q_p * (std::sqrt(std::log(40) / (2 * n_u)) + std::sqrt(std::log(40) / (2 * n_p)));
    if (q_p <= 0.01 || bound >= smallest) continue;
    smallest = bound;
    share = q_u / q_p;
  }
  return std::min(share, 1.0);
}

TEST(BestBinShare, IsThatOfTheBestThreshold) {
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  for (int n = 0; n < 50; ++n) {
    std::vector<float> positive, unlabelled;
    for (int i = 0; i < 40; ++i) positive.push_back(float(random.integer(12)) + float(n % 5));
    for (int i = 0; i < 90; ++i) unlabelled.push_back(float(random.integer(14)));
    EXPECT_NEAR(best_bin_share(positive, unlabelled), searched(positive, unlabelled), 1e-12) << n;
  }
}

TEST(BestBinShare, FindsTheShareOfAClassThatScoresHigher) {
  RandomStream random({.seed = 4, .purpose = Purpose::kTest});
  std::vector<float> positive, unlabelled;
  for (int i = 0; i < 2000; ++i) positive.push_back(float(random.uniform(0.5, 1)));
  for (int i = 0; i < 8000; ++i) {
    unlabelled.push_back(float(i < 1200 ? random.uniform(0.5, 1) : random.uniform(0, 0.5)));
  }
  EXPECT_NEAR(best_bin_share(positive, unlabelled), 0.15, 5e-3);
}

TEST(BestBinShare, IsZeroWithoutScoresAndOneWhereNothingTellsThemApart) {
  const std::vector<float> none, same(500, 0.5F);
  EXPECT_EQ(best_bin_share(none, same), 0);
  EXPECT_EQ(best_bin_share(same, none), 0);
  EXPECT_EQ(best_bin_share(same, same), 1);
}

/// Of a sign that class 0 shows with chance .8 and class 1 with chance .2.
torch::Tensor posteriors(const torch::Tensor& labelled_k, double share_of_0, std::int64_t count) {
  const double shows = share_of_0 * 0.8 + (1 - share_of_0) * 0.2;
  const auto with = std::llround(shows * double(count));
  const double p0 = labelled_k[0].item<double>(), p1 = labelled_k[1].item<double>();
  auto prob_nk = torch::empty({count, 2}, torch::kFloat64);
  prob_nk.select(1, 0).slice(0, 0, with).fill_(0.8 * p0 / (0.8 * p0 + 0.2 * p1));
  prob_nk.select(1, 0).slice(0, with).fill_(0.2 * p0 / (0.2 * p0 + 0.8 * p1));
  prob_nk.select(1, 1).copy_(1 - prob_nk.select(1, 0));
  return prob_nk;
}

TEST(SharesByIteration, FindTheSharesUnderWhichThePixelsWereDrawn) {
  for (const double labelled : {0.5, 0.7, 0.2}) {
    const auto labelled_k = torch::tensor({labelled, 1 - labelled}, torch::kFloat64);
    for (const double share : {0.9, 0.35}) {
      const auto prob_nk = posteriors(labelled_k, share, 10000);
      // Their scale does not matter: counts of strokes will do.
      const auto found = shares_by_iteration(prob_nk, 340 * labelled_k, 1e-9, 10000);
      EXPECT_NEAR(found[0].item<double>(), share, 1e-3) << labelled;
      EXPECT_NEAR(found.sum().item<double>(), 1, 1e-12);
    }
  }
}

TEST(SharesByIteration, OneStepIsTheFormula) {
  const auto prob_nk = torch::tensor({0.9, 0.1, 0.4, 0.6}, torch::kFloat64).view({2, 2});
  const auto labelled_k = torch::tensor({0.75, 0.25}, torch::kFloat64);
  // From the labelled shares the ratio cancels: the mean of the probabilities.
  const auto once = shares_by_iteration(prob_nk, labelled_k, 1e-9, 1);
  EXPECT_NEAR(once[0].item<double>(), 0.65, 1e-12);
  const auto twice = shares_by_iteration(prob_nk, labelled_k, 1e-9, 2);
  const double a = 0.9 / 0.75 * 0.65, b = 0.1 / 0.25 * 0.35, c = 0.4 / 0.75 * 0.65,
               d = 0.6 / 0.25 * 0.35;
  EXPECT_NEAR(twice[0].item<double>(), (a / (a + b) + c / (c + d)) / 2, 1e-12);
}

TEST(SharesByIteration, AClassWithoutStrokesHasNoneAndNothingComesOfNothing) {
  const auto prob_nk = torch::softmax(torch::randn({50, 3}, torch::kFloat64), 1);
  const auto found = shares_by_iteration(prob_nk, torch::tensor({3.0, 0.0, 1.0}));
  EXPECT_EQ(found[1].item<double>(), 0);
  EXPECT_NEAR(found.sum().item<double>(), 1, 1e-12);
  EXPECT_EQ(shares_by_iteration(prob_nk, torch::zeros({3})).sum().item<double>(), 0);
  EXPECT_EQ(shares_by_iteration(torch::zeros({0, 3}), torch::ones({3})).sum().item<double>(), 0);
}

}  // namespace
}  // namespace medcl
