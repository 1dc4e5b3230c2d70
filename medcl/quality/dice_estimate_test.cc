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

/// Strokes on which the Dice is this.
StrokeCounts strokes_with_dice(double dice) {
  return {.drawn = 1000000, .found = std::lround(1e6 * dice), .claimed = 1000000};
}

TEST(DiceEstimate, IsTheLineInLogits) {
  const DiceCalibration line{.offset = 0.3, .strokes = 0.8, .residual_sd = 0.5};
  const ClassEvidence evidence{
      .name = "LV", .agreement = {0.7, 0.6, kNan}, .strokes = strokes_with_dice(0.9)};
  const DiceEstimate estimate = estimate_dice(evidence, line);
  const double value = 0.3 + 0.8 * std::log(0.9 / 0.1);
  EXPECT_NEAR(estimate.dice, 1 / (1 + std::exp(-value)), 1e-6);
  EXPECT_NEAR(logit(estimate.high) - value, 1.645 * 0.5, 1e-6);
  EXPECT_NEAR(value - logit(estimate.low), 1.645 * 0.5, 1e-6);
  EXPECT_NEAR(estimate.agreement, 0.65, 1e-12);
  EXPECT_EQ(estimate.cases, 2);
}

TEST(DiceEstimate, SaysWhyThereIsNone) {
  const ClassEvidence unfound{.agreement = {kNan, kNan}, .strokes = strokes_with_dice(0.9)};
  EXPECT_TRUE(std::isnan(estimate_dice(unfound).dice));
  EXPECT_FALSE(estimate_dice(unfound).remark.empty());
  const ClassEvidence undrawn{.agreement = {0.8}, .strokes = {}};
  EXPECT_TRUE(std::isnan(estimate_dice(undrawn).dice));
  EXPECT_FALSE(estimate_dice(undrawn).remark.empty());
  const ClassEvidence unmet{.agreement = {0.8}, .strokes = {.drawn = 50, .found = 0, .claimed = 3}};
  EXPECT_TRUE(std::isnan(estimate_dice(unmet).dice));
  EXPECT_FALSE(estimate_dice(unmet).remark.empty());
  const Json json = estimate_to_json({estimate_dice(undrawn)});
  EXPECT_TRUE(json.at("classes").at(0).at("dice").is_null());
  EXPECT_TRUE(json.at("mean").at("dice").is_null());
}

TEST(DiceEstimate, IsBoundedByTheSizeOfWhatIsPredicted) {
  EXPECT_DOUBLE_EQ(most_dice(1), 1);
  EXPECT_DOUBLE_EQ(most_dice(3), 0.5);
  EXPECT_DOUBLE_EQ(most_dice(1.0 / 3), 0.5) << "too small is as wrong as too large";
  EXPECT_DOUBLE_EQ(most_dice(kNan), 1) << "nothing is known of the size";
  const auto estimate_at = [](std::int64_t predicted) {
    return estimate_dice({.agreement = {0.8},
                          .strokes = strokes_with_dice(0.8),
                          .size = {.predicted = predicted, .grown = 100}});
  };
  const DiceEstimate plain = estimate_at(100);
  EXPECT_NEAR(estimate_at(900).dice, 0.2, 1e-9);
  EXPECT_LT(estimate_at(900).high, plain.high);
  EXPECT_NE(estimate_at(900).remark.find("9 times as large"), std::string::npos);
  EXPECT_EQ(estimate_at(200).dice, plain.dice) << "no more than the guess of the size is wrong";
  EXPECT_EQ(estimate_at(200).remark, "");
}

TEST(DiceEstimate, SaysWhereTheCalibrationEnds) {
  const auto remark_at = [](double dice) {
    return estimate_dice({.agreement = {0.8}, .strokes = strokes_with_dice(dice)}).remark;
  };
  EXPECT_NE(remark_at(0.15), "");
  EXPECT_EQ(remark_at(0.7), "");
  EXPECT_NE(remark_at(0.99), "");
}

TEST(DiceEstimate, StaysInsideZeroAndOneAndGrowsWithTheDiceOnStrokes) {
  double before = 0;
  for (const double share : {0.01, 0.2, 0.5, 0.8, 0.95, 1.0}) {
    const DiceEstimate estimate =
        estimate_dice({.agreement = {0.5}, .strokes = strokes_with_dice(share)});
    EXPECT_GT(estimate.low, 0);
    EXPECT_LT(estimate.high, 1);
    EXPECT_GE(estimate.dice, before);
    before = estimate.dice;
  }
}

/// Data sets whose truth follows the line with its residual.
TEST(DiceEstimate, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const DiceCalibration line{.offset = 0.2, .strokes = 0.9, .residual_sd = 0.4};
  RandomStream random({.seed = 11, .purpose = Purpose::kTest});
  int held = 0;
  constexpr int kSets = 4000;
  for (int set = 0; set < kSets; ++set) {
    const double on_strokes = random.uniform(0.2, 0.95);
    const DiceEstimate estimate =
        estimate_dice({.agreement = {0.5}, .strokes = strokes_with_dice(on_strokes)}, line);
    const double truth = share_of_logit(0.2 + 0.9 * logit(on_strokes) + 0.4 * random.normal());
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

TEST(DiceEstimate, MeanIsNoBetterThanWhatIsSaidOfItsClasses) {
  const std::vector<DiceEstimate> classes = {{.name = "RV", .dice = 0.8, .low = 0.7, .high = 0.9},
                                             {.name = "MYO", .dice = kNan},
                                             {.name = "LV", .dice = 0.3, .remark = "a guess"}};
  const std::string remark = mean_estimate(classes).remark;
  EXPECT_NE(remark.find("without MYO"), std::string::npos) << remark;
  EXPECT_NE(remark.find("said of LV"), std::string::npos) << remark;
  EXPECT_EQ(remark.find("RV"), std::string::npos) << remark;
  EXPECT_EQ(estimate_to_json(classes).at("mean").at("remark"), remark);
  EXPECT_EQ(mean_estimate({classes[0]}).remark, "");
}

}  // namespace
}  // namespace medcl
