// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/dice_estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "medcl/core/random.h"
#include "medcl/quality/estimate_json.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Sizes of which the best Dice is this.
ClassSize size_with_dice(double dice) {
  return {.predicted = static_cast<std::int64_t>(std::lround(1e6 * dice / (2 - dice))),
          .grown = 1000000};
}

TEST(DiceEstimate, IsTheLineInLogits) {
  const DiceCalibration line{.offset = 0.3, .agreement = 0.8, .size = 0.2, .residual_sd = 0.5};
  const ClassEvidence evidence{
      .name = "LV", .agreement = {0.7, 0.7, 0.7}, .size = size_with_dice(0.9)};
  const DiceEstimate estimate = estimate_dice(evidence, line);
  const double value = 0.3 + 0.8 * std::log(0.7 / 0.3) + 0.2 * std::log(0.9 / 0.1);
  EXPECT_NEAR(estimate.dice, 1 / (1 + std::exp(-value)), 1e-6);
  EXPECT_NEAR(logit(estimate.high) - value, 1.645 * 0.5, 1e-6) << "equal cases add nothing";
  EXPECT_NEAR(value - logit(estimate.low), 1.645 * 0.5, 1e-6);
}

TEST(DiceEstimate, SaysWhyThereIsNone) {
  const ClassEvidence unfound{.agreement = {kNan, kNan}, .size = size_with_dice(0.9)};
  EXPECT_TRUE(std::isnan(estimate_dice(unfound).dice));
  EXPECT_FALSE(estimate_dice(unfound).remark.empty());
  const ClassEvidence undrawn{.agreement = {0.8}, .size = {}};
  EXPECT_TRUE(std::isnan(estimate_dice(undrawn).dice));
  EXPECT_FALSE(estimate_dice(undrawn).remark.empty());
  const Json json = estimate_to_json({estimate_dice(undrawn)});
  EXPECT_TRUE(json.at("classes").at(0).at("dice").is_null());
  EXPECT_TRUE(json.at("mean").at("dice").is_null());
}

TEST(DiceEstimate, StaysInsideZeroAndOneAndGrowsWithBothObservations) {
  double before = 0;
  for (const double share : {0.0, 0.2, 0.5, 0.8, 0.95, 1.0}) {
    const DiceEstimate estimate =
        estimate_dice({.agreement = {share, share}, .size = size_with_dice(share)});
    EXPECT_GT(estimate.low, 0);
    EXPECT_LT(estimate.high, 1);
    EXPECT_GE(estimate.dice, before);
    before = estimate.dice;
  }
}

/// Data sets whose truth follows the line with its residual, seen through few cases that scatter.
TEST(DiceEstimate, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const DiceCalibration line{.offset = 0.2, .agreement = 0.9, .size = 0.1, .residual_sd = 0.4};
  RandomStream random({.seed = 11, .purpose = Purpose::kTest});
  int held = 0;
  constexpr int kSets = 4000;
  for (int set = 0; set < kSets; ++set) {
    const double level = 0.75, scatter = 0.08, size_dice = 0.85;
    ClassEvidence evidence{.size = size_with_dice(size_dice)};
    for (int n = 0; n < 10; ++n) evidence.agreement.push_back(level + scatter * random.normal());
    const double truth =
        share_of_logit(0.2 + 0.9 * logit(level) + 0.1 * logit(size_dice) + 0.4 * random.normal());
    const DiceEstimate estimate = estimate_dice(evidence, line);
    held += estimate.low <= truth && truth <= estimate.high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(held) / kSets, kNominalCoverage, 0.015);
}

TEST(DiceEstimate, MeanLeavesOutClassesWithoutOne) {
  const std::vector<DiceEstimate> classes = {{.dice = 0.8, .low = 0.7, .high = 0.9},
                                             {.dice = kNan, .low = kNan, .high = kNan},
                                             {.dice = 0.6, .low = 0.4, .high = 0.7}};
  const DiceEstimate mean = mean_estimate(classes);
  EXPECT_DOUBLE_EQ(mean.dice, 0.7);
  EXPECT_DOUBLE_EQ(mean.low, 0.55);
  EXPECT_DOUBLE_EQ(mean.high, 0.8);
}

}  // namespace
}  // namespace medcl
