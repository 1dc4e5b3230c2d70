// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/finding_groups.h"

#include <algorithm>

namespace medcl {
namespace {

bool same_rule(const Finding& a, const Finding& b) {
  return a.severity == b.severity && a.id == b.id && a.problem.what == b.problem.what;
}

bool same_details(const Problem& a, const Problem& b) {
  return a.expected == b.expected && a.found == b.found && a.remedy == b.remedy;
}

}  // namespace

bool FindingGroup::alike() const {
  return std::all_of(all.begin(), all.end(),
                     [&](const Finding& one) { return same_details(one.problem, first.problem); });
}

std::vector<FindingGroup> grouped(const Findings& findings) {
  std::vector<FindingGroup> groups;
  for (const Finding& one : findings) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const FindingGroup& known) {
      return same_rule(known.first, one);
    });
    if (group == groups.end()) {
      groups.push_back({one, {one}});
    } else {
      group->all.push_back(one);
    }
  }
  return groups;
}

std::string counted_names(const std::vector<std::string>& names, const std::string& what,
                          std::size_t listed) {
  if (names.size() == 1) return names.front();
  std::string text = std::to_string(names.size()) + " " + what + ": ";
  for (std::size_t n = 0; n < std::min(names.size(), listed); ++n) {
    text += (n == 0 ? "" : ", ") + names[n];
  }
  return names.size() > listed ? text + ", ..." : text;
}

std::vector<std::string> warnings_of(const Findings& findings) {
  std::vector<std::string> lines;
  for (const FindingGroup& group : grouped(findings)) {
    if (group.first.severity == Severity::kInfo) continue;
    std::string line = to_line(group.first.problem);
    if (group.all.size() > 1) {
      line += " [and " + std::to_string(group.all.size() - 1) + " more: medcl check lists them]";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace medcl
