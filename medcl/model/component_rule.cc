// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/component_rule.h"

#include <algorithm>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {

std::vector<std::string> component_rules() { return {"none", "each", "together", "both"}; }

std::string component_rule_text(const std::string& rule) {
  if (rule == "each") return "largest 3-D component of each class";
  if (rule == "together") return "largest 3-D component of all classes together";
  if (rule == "both") return "largest 3-D component of all classes together, then of each";
  return "none";
}

std::string ComponentRule::text() const {
  if (!undecided.empty()) return rule + " (undecided: " + undecided + ")";
  if (drawn_cases > 0 && rule == "none") return rule;
  if (drawn_cases > 0) {
    return rule + " (false components, and no stroke lost, in " + std::to_string(drawn_cases) +
           " training cases)";
  }
  if (mean_dice.empty()) return rule;
  std::string figures;
  for (const auto& [name, dice] : mean_dice) {
    char number[32];
    std::snprintf(number, sizeof number, " %.3f", dice);
    figures += (figures.empty() ? "" : ", ") + name + number;
  }
  return rule + " (mean " + measure + " of " + std::to_string(cases) + " validation case" +
         (cases == 1 ? "" : "s") + ": " + figures + ")";
}

Json ComponentRule::to_json() const {
  Json json = {{"largest_component", rule}};
  if (!undecided.empty()) json["undecided"] = undecided;
  if (drawn_cases > 0) json["drawn_cases"] = drawn_cases;
  if (mean_dice.empty()) return json;
  json["validation_cases"] = cases;
  json["measure"] = measure;
  for (const auto& [name, dice] : mean_dice) json["mean_dice"][name] = dice;
  return json;
}

ComponentRule ComponentRule::from_json(const Json& json, const std::string& where) {
  return reading_json("broken rule of post-processing", where, [&] {
    ComponentRule result;
    result.rule = json.at("largest_component").get<std::string>();
    const auto known = component_rules();
    if (std::find(known.begin(), known.end(), result.rule) == known.end()) {
      fail(ErrorCode::kIo, {.what = "unknown rule of post-processing",
                            .where = where,
                            .expected = "none, each, together or both",
                            .found = "\"" + result.rule + "\"",
                            .remedy = "update medcl"});
    }
    result.undecided = json.value("undecided", "");
    result.drawn_cases = json.value("drawn_cases", std::int64_t{0});
    if (!json.contains("mean_dice")) return result;
    result.cases = json.at("validation_cases").get<std::int64_t>();
    result.measure = json.value("measure", kDice);
    for (const auto& [name, dice] : json.at("mean_dice").items()) {
      result.mean_dice.emplace_back(name, dice.get<double>());
    }
    return result;
  });
}

ComponentRule decided_component_rule(const std::vector<double>& mean_dice, std::int64_t cases) {
  const auto names = component_rules();
  check(mean_dice.size() == names.size(), "every component rule has a score");
  ComponentRule result{.cases = cases};
  for (std::size_t n = 0; n < names.size(); ++n)
    result.mean_dice.emplace_back(names[n], mean_dice[n]);
  const double best = *std::max_element(mean_dice.begin(), mean_dice.end());
  // The sums of equal cases may differ in their last bits.
  const auto as_good = [&](double mean) { return mean > best - 1e-9; };
  if (as_good(mean_dice.front())) return result;
  const auto last = std::find_if(mean_dice.rbegin(), mean_dice.rend(), as_good);
  result.rule = names[static_cast<std::size_t>(mean_dice.rend() - last) - 1];
  return result;
}

ComponentRule component_rule_from_strokes(const std::vector<std::vector<StrokesKept>>& kept_cr) {
  constexpr double kLeastKept = 0.99;
  constexpr std::size_t kFewestCases = 2;
  const auto names = component_rules();
  ComponentRule result{.drawn_cases = static_cast<std::int64_t>(kept_cr.size())};
  if (kept_cr.size() < kFewestCases) return result;
  for (std::size_t r = 0; r < names.size(); ++r) {
    const bool harmless = std::ranges::all_of(
        kept_cr, [&](const auto& of_case) { return of_case.at(r).least_kept >= kLeastKept; });
    const bool of_use =
        std::ranges::any_of(kept_cr, [&](const auto& of_case) { return of_case.at(r).removed; });
    if (harmless && of_use) result.rule = names[r];
  }
  return result;
}

}  // namespace medcl
