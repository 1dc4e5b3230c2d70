// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/component_rule.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"

namespace medcl {
namespace {

TEST(ComponentRule, IsTakenOnlyWhereItIsBetter) {
  EXPECT_EQ(decided_component_rule({0.8, 0.8, 0.8, 0.8}, 3).rule, "none");
  EXPECT_EQ(decided_component_rule({0.8, 0.8, 0.7, 0.8}, 3).rule, "none");
  EXPECT_EQ(decided_component_rule({0.8, 0.9, 0.81, 0.85}, 3).rule, "each");
  EXPECT_EQ(decided_component_rule({0.8, 0.7, 0.82, 0.81}, 3).rule, "together");
  EXPECT_EQ(decided_component_rule({0.8, 0.7, 0.81, 0.82}, 3).rule, "both");
  EXPECT_EQ(decided_component_rule({0.8, 0.7, 0.6, 0.5}, 3).rule, "none");
}

TEST(ComponentRule, OfEqualOnesRemovesMostOnceCleaningIsBetter) {
  EXPECT_EQ(decided_component_rule({0.8, 0.9, 0.9, 0.9}, 2).rule, "both");
  EXPECT_EQ(decided_component_rule({0.798, 0.8386, 0.8383, 0.8386 - 1e-14}, 2).rule, "both");
  EXPECT_EQ(decided_component_rule({0.8, 0.9, 0.9, 0.7}, 2).rule, "together");
}

TEST(ComponentRule, SaysWhyNothingWasDecided) {
  ComponentRule rule = decided_component_rule({0.8, 0.7, 0.6, 0.5}, 3);
  rule.undecided = "in no validation case: RV";
  const ComponentRule again = ComponentRule::from_json(rule.to_json(), "model.json");
  EXPECT_EQ(again.undecided, rule.undecided);
  EXPECT_EQ(again.text(), "none (undecided: in no validation case: RV)");
}

TEST(ComponentRule, ComesBackFromJsonWithItsFigures) {
  const ComponentRule rule = decided_component_rule({0.1, 0.25, 0.2, 0.15}, 2);
  const ComponentRule again = ComponentRule::from_json(rule.to_json(), "model.json");
  EXPECT_EQ(again.rule, "each");
  EXPECT_EQ(again.cases, 2);
  EXPECT_EQ(again.mean_dice, rule.mean_dice);
  EXPECT_EQ(again.text(),
            "each (mean Dice of 2 validation cases: none 0.100, each 0.250, together 0.200, both "
            "0.150)");
  EXPECT_EQ(ComponentRule::from_json(ComponentRule{}.to_json(), "x").text(), "none");
}

TEST(ComponentRule, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"{}", "[]", "3", R"({"largest_component": 1})", R"({"largest_component": "largest"})",
        R"({"largest_component": "each", "mean_dice": {"each": "a"}, "validation_cases": 1})"}) {
    try {
      (void)ComponentRule::from_json(Json::parse(text), "model.json");
      ADD_FAILURE() << "took " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_EQ(std::string(error.what()).find("json.exception"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace medcl
