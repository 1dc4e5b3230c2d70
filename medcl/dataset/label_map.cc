// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_map.h"

#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/dataset/label_form.h"

namespace medcl {
namespace {

constexpr std::int64_t kMaxClasses = 255;  // indices 0..254; 255 is kNotAnnotated
constexpr std::size_t kListedValues = 8;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found,
                         const std::string& remedy = "") {
  fail(ErrorCode::kInvalidData, {what, where, expected, found, remedy});
}

std::int32_t value_from_json(const Json& value, const std::string& name, const std::string& where) {
  const std::string field = where + ": labels." + name;
  if (value.is_array()) {
    refuse(field, "region-based labels are not supported", "one integer", value.dump());
  }
  if (!value.is_number_integer()) {
    refuse(field, "label value is not an integer", "an integer from 0", value.dump(),
           value.is_string() ? "write a number, without quotes" : "");
  }
  const bool too_large =
      value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<int>::max() - 1);
  if (too_large || value.get<std::int64_t>() < 0) {
    refuse(field, "label value out of range", "0..2147483646", value.dump());
  }
  return value.get<std::int32_t>();
}

void check_map(const LabelMap& map, const std::string& where, IgnoreRule rule) {
  const std::string field = where + ": labels";
  if (map.class_count() < 2 || map.class_count() > kMaxClasses) {
    refuse(field, "wrong number of classes", "background and 1 to 254 others",
           std::to_string(map.class_count()) + " in all");
  }
  std::set<std::int32_t> values;
  std::set<std::string> names;
  for (const LabelClass& one : map.classes) {
    if (!names.insert(one.name).second) refuse(field, "class named twice", "", one.name);
    if (!values.insert(one.value).second) {
      refuse(field, "two classes share a value", "", std::to_string(one.value));
    }
  }
  if (!map.ignore_value) return;
  if (rule == IgnoreRule::kAnyFreeValue) {
    if (values.count(*map.ignore_value) == 0) return;
    refuse(field, "ignore shares the value of a class", "a value of its own",
           std::to_string(*map.ignore_value), "correct dataset.json");
  }
  const std::int32_t highest = *values.rbegin();
  if (*map.ignore_value != highest + 1) {
    refuse(field + ".ignore", "wrong ignore value",
           std::to_string(highest + 1) + " (highest label + 1)", std::to_string(*map.ignore_value),
           "a copy with the right value: medcl relabel DATASET -o NEW --map ignore=ignore");
  }
}

/// Names are compared as they are written: a class may be called "Background" on purpose.
[[noreturn]] void refuse_background(const LabelMap& map,
                                    const std::optional<LabelClass>& background,
                                    const std::string& where) {
  const std::string field = where + ": labels.background", what = "wrong background label";
  if (background) {
    refuse(field, what, "\"background\": 0", std::to_string(background->value));
  }
  for (const LabelClass& one : map.classes) {
    if (folded_name(one.name) != "background") continue;
    refuse(field, what, "\"background\": 0, in small letters",
           "\"" + one.name + "\": " + std::to_string(one.value),
           "write the name as \"background\"");
  }
  refuse(field, what, "\"background\": 0", "none");
}

std::string list_values(const std::map<std::int32_t, std::int64_t>& counts) {
  std::string text;
  std::size_t listed = 0;
  for (const auto& [value, count] : counts) {
    if (listed == kListedValues) {
      return text + " and " + std::to_string(counts.size() - listed) + " more values";
    }
    text += (listed == 0 ? "" : ", ") + std::to_string(value) + " (" + std::to_string(count) +
            (count == 1 ? " voxel)" : " voxels)");
    ++listed;
  }
  return text;
}

/// A value that covers most of a file is rather what nobody drew than a class.
std::string remedy_for(const std::map<std::int32_t, std::int64_t>& unknown, std::size_t voxels) {
  std::string usual = "add it to labels in dataset.json or correct the file";
  const auto [value, count] = *unknown.begin();
  if (unknown.size() > 1 || 2 * static_cast<std::size_t>(count) <= voxels) return usual;
  return "if it is what nobody drew: medcl relabel with --map " + std::to_string(value) +
         "=ignore; else " + usual;
}

std::string list_map(const LabelMap& map) {
  std::map<std::int32_t, std::string> names;
  for (const LabelClass& one : map.classes) names[one.value] = one.name;
  if (map.ignore_value) names[*map.ignore_value] = "ignore";
  std::string text;
  std::size_t listed = 0;
  for (const auto& [value, name] : names) {
    if (listed++ == 2 * kListedValues) return text + " ...";
    text += (text.empty() ? "" : ", ") + std::to_string(value) + " " + name;
  }
  return text;
}

}  // namespace

std::optional<std::uint8_t> LabelMap::index_of_value(std::int32_t value) const {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i].value == value) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

std::optional<std::uint8_t> LabelMap::index_of_name(const std::string& name) const {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i].name == name) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

Json LabelMap::to_json() const {
  Json json = Json::object();
  for (const LabelClass& one : classes) json[one.name] = one.value;
  if (ignore_value) json["ignore"] = *ignore_value;
  return json;
}

LabelMap LabelMap::from_json(const Json& labels, const std::string& where, IgnoreRule rule) {
  if (!labels.is_object()) {
    refuse(where + ": labels", "wrong type", "an object {name: integer}", labels.type_name());
  }
  if (is_from_number_to_name(labels)) {
    refuse(where + ": labels", "from number to name", "an object {name: integer}", labels.dump(),
           "this is the form of the Decathlon: use medcl import msd");
  }
  LabelMap map;
  std::optional<LabelClass> background;
  for (const auto& [name, json] : labels.items()) {
    const std::int32_t value = value_from_json(json, name, where);
    if (name == "ignore") {
      map.ignore_value = value;
    } else if (name == "background") {
      background = LabelClass{name, value};
    } else {
      map.classes.push_back({name, value});
    }
  }
  if (!background || background->value != 0) refuse_background(map, background, where);
  map.classes.insert(map.classes.begin(), *background);
  check_map(map, where, rule);
  return map;
}

std::vector<std::uint8_t> to_class_indices(const Labels& labels, const LabelMap& map,
                                           const std::string& where) {
  std::unordered_map<std::int32_t, std::uint8_t> index;
  for (std::size_t i = 0; i < map.classes.size(); ++i) {
    index[map.classes[i].value] = static_cast<std::uint8_t>(i);
  }
  if (map.ignore_value) index[*map.ignore_value] = kNotAnnotated;

  std::vector<std::uint8_t> result(labels.voxels.size());
  std::map<std::int32_t, std::int64_t> unknown;
  bool have_last = false;
  std::int32_t last_value = 0;
  std::uint8_t last_index = 0;
  for (std::size_t v = 0; v < labels.voxels.size(); ++v) {
    const std::int32_t value = labels.voxels[v];
    if (!have_last || value != last_value) {
      const auto found = index.find(value);
      if (found == index.end()) {
        ++unknown[value];
        continue;
      }
      have_last = true;
      last_value = value;
      last_index = found->second;
    }
    result[v] = last_index;
  }
  if (!unknown.empty()) {
    refuse(where, "label value outside the label map", list_map(map), list_values(unknown),
           remedy_for(unknown, labels.voxels.size()));
  }
  return result;
}

}  // namespace medcl
