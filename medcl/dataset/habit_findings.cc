// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/habit_findings.h"

#include <algorithm>

#include "medcl/core/finding_groups.h"
#include "medcl/dataset/relabel_command.h"

namespace medcl {
namespace {

std::int32_t ignore_value_of(const LabelMap& labels) {
  std::int32_t highest = 0;
  for (const LabelClass& one : labels.classes) highest = std::max(highest, one.value);
  return labels.ignore_value.value_or(highest + 1);
}

/// An id as one part of a list, see split_at_commas.
std::string as_part(const std::string& id) {
  return id.find(',') == std::string::npos ? id : "\"" + id + "\"";
}

std::string cases_option(const std::vector<std::string>& ids, std::size_t labelled) {
  if (ids.size() == labelled) return "";
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + as_part(id);
  return " --cases " + for_shell(list);
}

}  // namespace

Findings habit_findings(const Dataset& dataset,
                        const std::map<std::string, HabitEvidence>& by_case) {
  const std::string ignore = std::to_string(ignore_value_of(dataset.labels));
  Findings findings;
  for (const LabelHabit habit : {LabelHabit::kZeroIsUndrawn, LabelHabit::kIgnoreSwapped}) {
    std::vector<std::string> ids;
    for (const auto& [id, evidence] : by_case) {
      if (evidence.habit == habit) ids.push_back(id);
    }
    if (ids.empty()) continue;
    const bool swapped = habit == LabelHabit::kIgnoreSwapped;
    const std::string map = swapped ? "0=ignore," + ignore + "=background" : "0=ignore";
    Problem problem;
    problem.what = swapped ? "background and ignore seem to be swapped"
                           : "0 seems to mean \"nobody drew here\", but 0 is background";
    problem.where = (dataset.root / "labelsTr").string();
    problem.expected = ignore + " (ignore) where nobody drew, 0 on strokes of background";
    problem.found = counted_names(ids, "cases") + ": " + describe(by_case.at(ids.front()));
    problem.remedy = relabel_command(dataset.root, map) + cases_option(ids, by_case.size());
    if (!swapped) problem.remedy += " (and N=background if background was drawn as N)";
    findings.push_back({dataset.labels.ignore_value ? Severity::kError : Severity::kWarning,
                        swapped ? "ignore-swapped" : "zero-is-undrawn", problem, false});
  }
  return findings;
}

}  // namespace medcl
