// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/habit_findings.h"

#include <algorithm>
#include <utility>

#include "medcl/core/finding_groups.h"
#include "medcl/core/shell_word.h"
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
  return " --cases " + shell_word(list);
}

struct Wording {
  const char* id;
  const char* what;
  std::string map, further_remedy;
};

Wording wording_of(LabelHabit habit, const std::string& ignore) {
  if (habit == LabelHabit::kIgnoreSwapped) {
    return {"ignore-swapped", "background and ignore seem to be swapped",
            "0=ignore," + ignore + "=background", ""};
  }
  if (habit == LabelHabit::kOutlines) {
    return {"outlines-only", "structures seem to be outlined, not filled, but 0 is background",
            "0=ignore", " (or fill the outlines)"};
  }
  return {"zero-is-undrawn", "0 seems to mean \"nobody drew here\", but 0 is background",
          "0=ignore", " (and N=background if background was drawn as N)"};
}

bool is_empty(const HabitEvidence& evidence) {
  return evidence.zero_share == 1 && evidence.ignored_share == 0;
}

/// What an annotation tool saves where nothing was drawn.
void add_empty_files(const Dataset& dataset, const std::map<std::string, HabitEvidence>& by_case,
                     Findings& findings) {
  std::vector<std::string> ids;
  bool others_are_scribbles = false;
  for (const auto& [id, evidence] : by_case) {
    if (is_empty(evidence)) ids.push_back(id);
    others_are_scribbles |= evidence.ignored_share > 0;
  }
  if (ids.empty() || !others_are_scribbles) return;
  findings.push_back({Severity::kWarning,
                      "empty-among-scribbles",
                      {"label files that hold nothing but background, while others are scribbles",
                       (dataset.root / "labelsTr").string(), "", counted_names(ids, "cases"),
                       "if nobody drew there, remove them: the cases are then unlabelled"},
                      false});
}

}  // namespace

Findings habit_findings(const Dataset& dataset,
                        const std::map<std::string, HabitEvidence>& by_case) {
  const std::string ignore = std::to_string(ignore_value_of(dataset.labels));
  Findings findings;
  for (const LabelHabit habit :
       {LabelHabit::kZeroIsUndrawn, LabelHabit::kIgnoreSwapped, LabelHabit::kOutlines}) {
    std::vector<std::string> ids;
    for (const auto& [id, evidence] : by_case) {
      if (evidence.habit == habit) ids.push_back(id);
    }
    if (ids.empty()) continue;
    const Wording wording = wording_of(habit, ignore);
    Problem problem;
    problem.what = wording.what;
    problem.where = (dataset.root / "labelsTr").string();
    problem.expected = ignore + " (ignore) where nobody drew, 0 on strokes of background";
    problem.found = counted_names(ids, "cases") + ": " + describe(by_case.at(ids.front()));
    problem.remedy = relabel_command(dataset.root, wording.map) +
                     cases_option(ids, by_case.size()) + wording.further_remedy;
    const bool sure = habit != LabelHabit::kOutlines && dataset.labels.ignore_value.has_value();
    findings.push_back(
        {sure ? Severity::kError : Severity::kWarning, wording.id, std::move(problem), false});
  }
  add_empty_files(dataset, by_case, findings);
  return findings;
}

}  // namespace medcl
