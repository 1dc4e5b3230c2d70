// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/dataset/relabel.h"

namespace medcl {
namespace {

constexpr const char* kBackground = "background";
constexpr const char* kIgnore = "ignore";

[[noreturn]] void refuse(const std::string& pair, const std::string& what,
                         const std::string& expected) {
  fail(ErrorCode::kUsage, {what, "--map", expected, "'" + pair + "'", ""});
}

std::optional<std::int32_t> number_of(const std::string& text) {
  std::int32_t value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  return error == std::errc() && end == last ? std::optional(value) : std::nullopt;
}

/// Value -> name, "ignore" among them.
std::map<std::int32_t, std::string> names_by_value(const LabelMap& labels) {
  std::map<std::int32_t, std::string> names;
  for (const LabelClass& one : labels.classes) names[one.value] = one.name;
  if (labels.ignore_value) names[*labels.ignore_value] = kIgnore;
  return names;
}

std::string known_names(const std::map<std::int32_t, std::string>& names) {
  std::string text;
  for (const auto& [value, name] : names) {
    text += (text.empty() ? "" : ", ") + std::to_string(value) + " " + name;
  }
  return text;
}

std::int32_t old_value(const std::string& text, const std::string& pair,
                       const std::map<std::int32_t, std::string>& names) {
  if (const auto number = number_of(text)) return *number;
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  refuse(pair, "no such label", "a number, or one of " + known_names(names));
}

std::string new_name(const std::string& text, const std::map<std::int32_t, std::string>& names) {
  const auto number = number_of(text);
  for (const char* reserved : {kBackground, kIgnore}) {
    if (folded_name(text) == reserved) return reserved;
  }
  if (!number) return text;
  const auto known = names.find(*number);
  return known == names.end() ? "label " + text : known->second;
}

/// Value in the files -> name of what it is now.
std::map<std::int32_t, std::string> meanings(const std::map<std::int32_t, std::string>& names,
                                             const std::vector<std::string>& pairs) {
  std::map<std::int32_t, std::string> meaning = names;
  std::set<std::int32_t> given;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      refuse(pair, "no assignment", "OLD=NEW, such as 0=ignore");
    }
    const std::int32_t value = old_value(pair.substr(0, equals), pair, names);
    if (!given.insert(value).second) refuse(pair, "assigned twice", "each value once");
    meaning[value] = new_name(pair.substr(equals + 1), names);
  }
  return meaning;
}

/// Classes keep their number; those that are new get the next ones, in the order of the pairs.
LabelMap map_of(const LabelMap& labels, const std::map<std::int32_t, std::string>& meaning,
                const std::vector<std::string>& pairs,
                const std::map<std::int32_t, std::string>& names) {
  std::set<std::string> used;
  for (const auto& [value, name] : meaning) used.insert(name);
  LabelMap map;
  std::int32_t highest = 0;
  std::set<std::string> entered{kBackground, kIgnore};
  for (const LabelClass& one : labels.classes) {
    if (one.name != kBackground && used.count(one.name) == 0) continue;
    map.classes.push_back(one);
    entered.insert(one.name);
    highest = std::max(highest, one.value);
  }
  for (const std::string& pair : pairs) {
    const std::string name = new_name(pair.substr(pair.find('=') + 1), names);
    if (entered.insert(name).second) map.classes.push_back({name, ++highest});
  }
  if (used.count(kIgnore) != 0 || labels.ignore_value) map.ignore_value = highest + 1;
  return map;
}

}  // namespace

Relabelling plan_relabelling(const LabelMap& labels, const std::vector<std::string>& pairs) {
  const std::map<std::int32_t, std::string> names = names_by_value(labels);
  const std::map<std::int32_t, std::string> meaning = meanings(names, pairs);
  Relabelling plan;
  // Read back as from dataset.json: the rules for maps are there.
  plan.labels = LabelMap::from_json(map_of(labels, meaning, pairs, names).to_json(), "--map");
  for (const auto& [value, name] : meaning) {
    const auto index = plan.labels.index_of_name(name);
    plan.new_from_old[value] =
        index ? plan.labels.classes[*index].value : plan.labels.ignore_value.value();
  }
  for (const auto& [value, name] : names) {
    const auto index = plan.labels.index_of_name(name);
    if (index) plan.same_meaning[value] = plan.labels.classes[*index].value;
    if (name == kIgnore) plan.same_meaning[value] = plan.labels.ignore_value.value();
  }
  for (const LabelClass& one : labels.classes) plan.new_names[one.name] = meaning.at(one.value);
  return plan;
}

}  // namespace medcl
