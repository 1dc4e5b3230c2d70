// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/label_names.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/dataset/relabel.h"
#include "medcl/dataset/scribble.h"

namespace medcl {
namespace {

constexpr std::size_t kMostValues = 254;

/// OLD of "OLD=NEW" as a value where it is a name.
std::string by_value(const std::string& pair, const std::map<std::int32_t, std::string>& names) {
  const std::size_t sign = pair.find('=');
  for (const auto& [value, name] : names) {
    if (sign != std::string::npos && pair.substr(0, sign) == name) {
      return std::to_string(value) + pair.substr(sign);
    }
  }
  return pair;
}

/// Names of files as pairs, the user's behind them; a value that the user maps has no other name.
std::vector<std::string> all_pairs(const std::map<std::int32_t, std::int64_t>& voxels,
                                   const std::map<std::int32_t, std::string>& names,
                                   const std::vector<std::string>& pairs) {
  std::vector<std::string> given, all;
  std::set<std::string> mapped;
  for (const std::string& pair : pairs) {
    given.push_back(by_value(pair, names));
    mapped.insert(given.back().substr(0, given.back().find('=')));
  }
  for (const auto& [value, name] : names) {
    const bool known = voxels.count(value) != 0 && value != 0 && !name.empty();
    if (!known || mapped.count(std::to_string(value)) != 0) continue;
    const bool background = folded_name(name) == "background";
    all.push_back(std::to_string(value) + "=" + (background ? "background" : name));
  }
  all.insert(all.end(), given.begin(), given.end());
  return all;
}

/// The classes with values 0..m, in the order of the values that they had in the files.
LabelMap compact(const LabelMap& labels) {
  LabelMap result;
  for (const LabelClass& one : labels.classes) {
    result.classes.push_back({one.name, static_cast<std::int32_t>(result.classes.size())});
  }
  if (labels.ignore_value) ignore_of(result);
  return result;
}

std::string listed(const std::map<std::int32_t, std::int64_t>& voxels) {
  std::string text;
  for (const auto& [value, count] : voxels) {
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  }
  return text;
}

/// A class that no file shows comes of a value that was mistyped.
void require_shown(const LabelMeaning& meaning,
                   const std::map<std::int32_t, std::int64_t>& voxels) {
  for (std::size_t c = 1; c < meaning.labels.classes.size(); ++c) {
    const LabelClass& one = meaning.labels.classes[c];
    const bool shown = std::any_of(voxels.begin(), voxels.end(), [&](const auto& entry) {
      return meaning.new_from_old.at(entry.first) == one.value;
    });
    if (shown) continue;
    fail(ErrorCode::kUsage, {"no label file holds a value of this class", "--map",
                             "values of the files: " + listed(voxels), one.name, ""});
  }
}

}  // namespace

std::int32_t ignore_of(LabelMap& labels) {
  labels = with_ignore(std::move(labels));
  return *labels.ignore_value;
}

LabelMeaning meaning_of_values(const std::map<std::int32_t, std::int64_t>& voxels,
                               const std::map<std::int32_t, std::string>& names,
                               const std::vector<std::string>& pairs) {
  if (voxels.size() > kMostValues) {
    fail(ErrorCode::kInvalidData,
         {"too many values for labels", "", "at most 254", std::to_string(voxels.size()),
          "is one of the label files an image? Say which are labels: --labels"});
  }
  LabelMap base{{{"background", 0}}, std::nullopt};
  for (const auto& [value, count] : voxels) {
    if (value != 0) base.classes.push_back({"label " + std::to_string(value), value});
  }
  const Relabelling plan = plan_relabelling(base, all_pairs(voxels, names, pairs));
  LabelMeaning meaning{compact(plan.labels), {}};
  for (const auto& [old, value] : plan.new_from_old) {
    const auto index = plan.labels.index_of_value(value);
    meaning.new_from_old[old] =
        index ? meaning.labels.classes[*index].value : ignore_of(meaning.labels);
  }
  require_shown(meaning, voxels);
  return meaning;
}

}  // namespace medcl
