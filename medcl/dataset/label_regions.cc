// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_regions.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {
namespace {

struct Region {
  std::string name;
  std::vector<std::int64_t> values;
  std::int64_t order = -1;  ///< the value that it is painted with; -1: not said
};

Region region_of(const std::string& name, const Json& json, const std::string& where) {
  Region region{name, {}, -1};
  for (const Json& value : json.is_array() ? json : Json::array({json})) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
      fail(ErrorCode::kInvalidData, {"wrong region", where + ": labels." + name,
                                     "a list of whole numbers", json.dump(), ""});
    }
    region.values.push_back(value.get<std::int64_t>());
  }
  return region;
}

/// Regions from small to large, so that the first that holds a value is the nearest.
std::vector<Region> regions_of(const Json& labels, const Json& order, const std::string& where) {
  std::vector<Region> regions;
  std::size_t place = 0;
  for (const auto& [name, json] : labels.items()) {
    if (name == "background" || name == "ignore") continue;
    regions.push_back(region_of(name, json, where));
    if (order.is_array() && place < order.size() && order[place].is_number_integer()) {
      regions.back().order = order[place].get<std::int64_t>();
    }
    ++place;
  }
  std::stable_sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
    return a.values.size() < b.values.size();
  });
  return regions;
}

bool holds(const Region& region, std::int64_t value) {
  return std::find(region.values.begin(), region.values.end(), value) != region.values.end();
}

std::string name_of(std::int64_t value, const std::vector<Region>& regions,
                    std::set<std::string>& used) {
  for (const bool by_order : {true, false}) {
    for (const Region& one : regions) {
      if (!holds(one, value) || (by_order && one.order != value)) continue;
      if (used.insert(one.name).second) return one.name;
    }
  }
  return "label " + std::to_string(value);
}

}  // namespace

Json labels_without_regions(const Json& labels, const Json& order, const std::string& where,
                            Findings& findings) {
  const bool plain =
      !labels.is_object() ||
      std::none_of(labels.begin(), labels.end(), [](const Json& v) { return v.is_array(); });
  if (plain) return labels;
  const std::vector<Region> regions = regions_of(labels, order, where);
  std::map<std::int64_t, std::string> names;
  std::set<std::int64_t> values, ordered;
  std::set<std::string> used;
  for (const Region& one : regions) {
    values.insert(one.values.begin(), one.values.end());
    ordered.insert(one.order);
  }
  for (const bool first : {true, false}) {  // values that the order names choose first
    for (const std::int64_t value : values) {
      if ((ordered.count(value) != 0) == first) names[value] = name_of(value, regions, used);
    }
  }
  Json result = Json::object();
  std::string text;
  result["background"] = 0;
  for (const auto& [value, name] : names) {
    if (value == 0) continue;
    result[name] = value;
    text += (text.empty() ? "" : ", ") + std::to_string(value) + " " + name;
  }
  if (labels.contains("ignore")) result["ignore"] = labels["ignore"];
  findings.push_back(
      {Severity::kInfo,
       "regions",
       {"regions that overlap: every value of the files is a class of its own here, "
        "named after its innermost region",
        where + ": labels", "", text, "scores of a whole region are those of its classes together"},
       false});
  return result;
}

}  // namespace medcl
