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

TEST(ComponentRule, OfStrokesRemovesMostOfWhatLosesNone) {
  const StrokesKept same, clean{.removed = true}, costly{.removed = true, .least_kept = 0.9};
  const auto rule = [](const std::vector<std::vector<StrokesKept>>& kept_cr) {
    return component_rule_from_strokes(kept_cr).rule;
  };
  EXPECT_EQ(rule({{same, clean, same, clean}, {same, same, same, same}}), "both");
  EXPECT_EQ(rule({{same, clean, same, clean}, {same, clean, same, costly}}), "each");
  EXPECT_EQ(rule({{same, costly, clean, costly}, {same, same, same, same}}), "together");
  EXPECT_EQ(rule({{same, costly, costly, costly}, {same, clean, clean, clean}}), "none");
  EXPECT_EQ(rule({{same, same, same, same}, {same, same, same, same}}), "none") << "nothing false";
  EXPECT_EQ(rule({{same, clean, clean, clean}}), "none") << "one case shows little";
  EXPECT_EQ(rule({}), "none");
  const ComponentRule decided =
      component_rule_from_strokes({{same, clean, same, same}, {same, same, same, same}});
  EXPECT_EQ(decided.text(), "each (false components, and no stroke lost, in 2 training cases)");
  EXPECT_EQ(ComponentRule::from_json(decided.to_json(), "model.json").text(), decided.text());
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
