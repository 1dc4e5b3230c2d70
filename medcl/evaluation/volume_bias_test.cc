// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/volume_bias.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medcl {
namespace {

/// One class; volumes as (predicted, reference) in ml.
Summary summary_of(const std::vector<std::pair<double, double>>& volumes_ml) {
  std::vector<CaseResult> cases;
  for (const auto& [predicted, reference] : volumes_ml) {
    ClassMetrics one;
    one.volume_pred_ml = predicted;
    one.volume_ref_ml = reference;
    one.volume_difference_ml = predicted - reference;
    cases.push_back({std::to_string(cases.size()), "", "", {one}});
  }
  LabelMap labels;
  labels.classes = {{"background", 0}, {"LV", 1}};
  return summarise(std::move(cases), labels, {});
}

TEST(VolumeBias, IsTheMeanSignedDifference) {
  const VolumeBias bias = volume_bias(summary_of({{12, 10}, {9, 10}, {33, 30}})).front();
  EXPECT_EQ(bias.cases, 3);
  EXPECT_EQ(bias.larger, 2);
  EXPECT_EQ(bias.smaller, 1);
  EXPECT_DOUBLE_EQ(bias.mean_ml, 4.0 / 3);
  EXPECT_NEAR(bias.mean_percent, (20.0 - 10 + 10) / 3, 1e-12);
  EXPECT_FALSE(bias.is_systematic());
}

TEST(VolumeBias, IsSystematicWhenAllCasesAreWrongTheSameWay) {
  const VolumeBias large = volume_bias(summary_of({{12, 10}, {23, 20}, {58, 50}})).front();
  EXPECT_EQ(systematic_text(large, "LV"),
            "LV: predicted 17 % too large on average (+4.3 ml), too large in 3 of 3 cases");
  const VolumeBias small = volume_bias(summary_of({{8, 10}, {16, 20}, {40, 50}})).front();
  EXPECT_EQ(systematic_text(small, "LV"),
            "LV: predicted 20 % too small on average (-5.3 ml), too small in 3 of 3 cases");
}

TEST(VolumeBias, IsNotSystematicWhenSmallMixedOrOfTwoCases) {
  for (const auto& volumes_ml :
       std::vector<std::vector<std::pair<double, double>>>{{{10.2, 10}, {10.3, 10}, {10.1, 10}},
                                                           {{15, 10}, {16, 10}, {9, 10}},
                                                           {{15, 10}, {15, 10}}}) {
    EXPECT_EQ(systematic_text(volume_bias(summary_of(volumes_ml)).front(), "LV"), "");
  }
}

TEST(VolumeBias, LeavesOutCasesWhoseReferenceIsEmpty) {
  const VolumeBias bias = volume_bias(summary_of({{5, 0}, {20, 10}})).front();
  EXPECT_EQ(bias.cases, 1);
  EXPECT_DOUBLE_EQ(bias.mean_percent, 100);
  const VolumeBias none = volume_bias(summary_of({{5, 0}})).front();
  EXPECT_EQ(none.cases, 0);
  EXPECT_FALSE(none.is_systematic());
}

}  // namespace
}  // namespace medcl
