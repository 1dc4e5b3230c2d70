// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/make_splits.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <regex>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

constexpr std::size_t kFew = 5;  // groups, of which each is left out once

using Groups = std::vector<std::vector<std::string>>;

[[noreturn]] void refuse(const std::string& what, const std::string& option,
                         const std::string& expected, const std::string& found) {
  fail(ErrorCode::kUsage, {what, option, expected, found, ""});
}

std::regex expression_of(const std::string& text) {
  try {
    return std::regex(text);
  } catch (const std::regex_error&) {
    refuse("not a regular expression", "--group", "such as '^[^_]*'", text);
  }
}

/// What of a name says which group it is of: what the expression matches, else the whole name.
std::string group_of(const std::string& id, const std::string& text, const std::regex& expression) {
  std::smatch match;
  if (text.empty() || !std::regex_search(id, match, expression)) return id;
  return match.str(match.size() > 1 ? 1 : 0);
}

/// The cases that can be validated on, in groups, in random order.
Groups dealt(const std::vector<SplitCase>& cases, const SplitOptions& options) {
  const std::regex expression = expression_of(options.group);
  std::map<std::string, std::vector<std::string>> by_name;
  for (const SplitCase& one : cases) {
    if (one.can_validate) by_name[group_of(one.id, options.group, expression)].push_back(one.id);
  }
  Groups sorted, groups;
  for (auto& [name, ids] : by_name) sorted.push_back(std::move(ids));
  RandomStream random({.seed = options.seed, .epoch = UINT32_MAX, .purpose = Purpose::kOrder});
  for (const std::int64_t n : random.permutation(static_cast<std::int64_t>(sorted.size()))) {
    groups.push_back(sorted[static_cast<std::size_t>(n)]);
  }
  return groups;
}

/// The split that validates on the cases `left_out`.
Split split_of(const std::vector<SplitCase>& cases, const std::set<std::string>& left_out) {
  Split split;
  for (const SplitCase& one : cases) {
    (left_out.count(one.id) != 0 ? split.validation : split.train).push_back(one.id);
  }
  return split;
}

std::vector<Split> folds_of(const std::vector<SplitCase>& cases, const Groups& groups,
                            std::size_t folds) {
  std::vector<Split> splits;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::set<std::string> left_out;
    for (std::size_t n = fold; n < groups.size(); n += folds) {
      left_out.insert(groups[n].begin(), groups[n].end());
    }
    splits.push_back(split_of(cases, left_out));
  }
  return splits;
}

}  // namespace

std::vector<Split> make_splits(std::vector<SplitCase> cases, const SplitOptions& options) {
  if (!(options.validation > 0 && options.validation < 1)) {
    refuse("no share", "--validation", "above 0 and below 1", std::to_string(options.validation));
  }
  std::sort(cases.begin(), cases.end(),
            [](const SplitCase& a, const SplitCase& b) { return a.id < b.id; });
  const Groups groups = dealt(cases, options);
  const auto folds = static_cast<std::size_t>(std::max<std::int64_t>(options.folds, 0));
  if (folds > 0) {
    if (groups.size() < 2) {
      refuse("too few labelled cases or groups to leave one out", "--folds", "at least 2",
             std::to_string(groups.size()));
    }
    if (folds < 2 || folds > groups.size()) {
      refuse("wrong number of folds", "--folds",
             "2 to " + std::to_string(groups.size()) + ", the number of labelled cases or groups",
             std::to_string(folds));
    }
    return folds_of(cases, groups, folds);
  }
  if (groups.size() < 2) return {};
  if (groups.size() < kFew) return folds_of(cases, groups, groups.size());
  const auto count = std::clamp<std::size_t>(
      static_cast<std::size_t>(
          std::lround(options.validation * static_cast<double>(groups.size()))),
      1, groups.size() - 1);
  std::set<std::string> left_out;
  for (std::size_t n = 0; n < count; ++n) left_out.insert(groups[n].begin(), groups[n].end());
  return {split_of(cases, left_out)};
}

}  // namespace medcl
