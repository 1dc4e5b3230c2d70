// SPDX-License-Identifier: Apache-2.0
#include "app/findings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "app/table.h"
#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::size_t kNamedPlaces = 3;

/// Findings that differ in nothing but the place.
struct Group {
  const Finding* first = nullptr;
  std::vector<std::string> places;
};

bool same_but_place(const Finding& a, const Finding& b) {
  return a.severity == b.severity && a.id == b.id && a.problem.what == b.problem.what &&
         a.problem.expected == b.problem.expected && a.problem.found == b.problem.found &&
         a.problem.remedy == b.problem.remedy;
}

std::string without_root(const std::string& where, const std::string& root) {
  const bool inside = where.size() > root.size() && where.starts_with(root);
  return inside ? where.substr(root.size() + (where[root.size()] == '/' ? 1 : 0)) : where;
}

std::vector<Group> grouped(const Findings& findings, const std::string& root) {
  std::vector<Group> groups;
  for (const Finding& one : findings) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& other) {
      return same_but_place(*other.first, one);
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {&one, {}});
    group->places.push_back(without_root(one.problem.where, root));
  }
  return groups;
}

/// As errors have it: no control characters of a broken file, no endless values.
std::string clean(const std::string& text) { return to_line({.what = text}); }

std::string places_text(const Group& group, bool all) {
  const std::size_t count = group.places.size();
  const std::size_t named = all || count <= kNamedPlaces + 1 ? count : kNamedPlaces;
  std::string text;
  for (std::size_t n = 0; n < named; ++n) text += clean(group.places[n]) + "\n";
  if (named < count) text += "and " + std::to_string(count - named) + " more\n";
  return text + "[" + group.first->id + "]";
}

std::string problem_text(const Problem& problem) {
  std::string text = clean(problem.what);
  if (!problem.expected.empty()) text += "\nexpected: " + clean(problem.expected);
  if (!problem.found.empty()) text += "\nfound: " + clean(problem.found);
  if (!problem.remedy.empty()) text += "\nremedy: " + clean(problem.remedy);
  return text;
}

Ink ink_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return Ink::kRed;
    case Severity::kWarning:
      return Ink::kYellow;
    default:
      return Ink::kNone;
  }
}

}  // namespace

void print_findings(const Findings& findings, const std::filesystem::path& root, bool all) {
  if (findings.empty()) return;
  const std::vector<Group> groups = grouped(findings, root.string());
  Table table{"", {"severity", "where [rule]", "problem"}, {}, 3};
  for (const Group& group : groups) {
    table.rows.push_back({severity_name(group.first->severity), places_text(group, all),
                          problem_text(group.first->problem)});
  }
  print_table(table, [&](std::size_t row, std::size_t column) {
    return column == 0 ? ink_of(groups[row].first->severity) : Ink::kNone;
  });
}

}  // namespace medcl
