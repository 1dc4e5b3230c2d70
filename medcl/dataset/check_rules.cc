// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check_rules.h"

#include <algorithm>
#include <map>

#include "medcl/dataset/check_files.h"
#include "medcl/dataset/habit_findings.h"
#include "medcl/dataset/relabel_command.h"

namespace medcl {
namespace {

/// Names of the foreground classes that none of these cases shows.
std::set<std::string> missing_classes(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                                      const std::vector<std::string>& ids) {
  std::set<std::string> missing;
  for (std::size_t c = 1; c < dataset.labels.classes.size(); ++c) {
    const bool shown = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
      const CaseFacts* one = find_facts(facts, id);
      return one != nullptr && one->labels_usable && one->class_voxels[c] > 0;
    });
    if (!shown) missing.insert(dataset.labels.classes[c].name);
  }
  return missing;
}

}  // namespace

std::string in_root(const Dataset& dataset, const char* name) {
  return (dataset.root / name).string();
}

const CaseFacts* find_facts(const std::vector<CaseFacts>& facts, const std::string& id) {
  for (const CaseFacts& one : facts) {
    if (one.id == id && !one.test) return &one;
  }
  return nullptr;
}

void check_listing(const Dataset& dataset, Findings& findings) {
  if (dataset.cases.empty()) {
    add_finding(findings, Severity::kError, "no-cases",
                {"no training cases", dataset.root.string(),
                 "files like imagesTr/<case>_0000" + dataset.file_ending, "none", ""});
  }
  const auto number = dataset.description.find("numTraining");
  const std::string found = std::to_string(dataset.cases.size());
  if (number == dataset.description.end() || number->dump() != found) {
    add_finding(
        findings, Severity::kWarning, "num-training",
        {"numTraining differs from the number of cases", in_root(dataset, "dataset.json"), found,
         number == dataset.description.end() ? "no such key" : number->dump(), "correct the key"});
  }
  findings.insert(findings.end(), dataset.findings.begin(), dataset.findings.end());
}

namespace {

void check_validation_labels(const Dataset& dataset, const Split& split, const std::string& where,
                             Findings& findings) {
  std::set<std::string> unlabelled;
  for (const std::string& id : split.validation) {
    const Case* one = dataset.find(id);
    if (one != nullptr && !one->labels) unlabelled.insert(id);
  }
  if (unlabelled.empty()) return;
  add_finding(findings, Severity::kError, "split-unlabelled-validation",
              {"validation cases without labels", where, "dense masks in labelsTr",
               join_names(unlabelled), "give them labels, or move them to the training cases"});
}

}  // namespace

void check_splits(const Dataset& dataset, const std::vector<CaseFacts>& facts, Findings& findings) {
  for (std::size_t i = 0; i < dataset.splits.size(); ++i) {
    const Split& split = dataset.splits[i];
    const std::string where =
        in_root(dataset, "splits_final.json") + ": split " + std::to_string(i);
    const std::set<std::string> train(split.train.begin(), split.train.end());
    std::set<std::string> unknown, both;
    for (const auto* list : {&split.train, &split.validation}) {
      for (const std::string& id : *list) {
        if (find_facts(facts, id) == nullptr) unknown.insert(id);
        if (list == &split.validation && train.count(id) != 0) both.insert(id);
      }
    }
    if (!unknown.empty()) {
      add_finding(findings, Severity::kError, "split-unknown-case",
                  {"split names cases that do not exist", where, "cases of imagesTr",
                   join_names(unknown), ""});
    }
    if (!both.empty()) {
      add_finding(findings, Severity::kError, "split-overlap",
                  {"cases in train and validation at once", where, "", join_names(both),
                   "a model must not be judged on cases it has seen"});
    }
    check_validation_labels(dataset, split, where, findings);
    const auto untaught = missing_classes(dataset, facts, split.train);
    if (!untaught.empty()) {
      add_finding(findings, Severity::kError, "split-class-missing",
                  {"classes that no training case of the split shows", where, "",
                   join_names(untaught), ""});
    }
    const auto unjudged = missing_classes(dataset, facts, split.validation);
    if (!unjudged.empty()) {
      add_finding(findings, Severity::kWarning, "split-class-not-validated",
                  {"classes that no validation case of the split shows", where, "",
                   join_names(unjudged), ""});
    }
  }
}

void check_annotation(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings) {
  std::vector<std::string> ids;
  std::set<std::string> dense, scribbled;
  for (const CaseFacts& one : facts) {
    if (one.test || !one.labels_usable || one.annotated_voxels() == 0) continue;
    ids.push_back(one.id);
    (one.ignored_voxels == 0 ? dense : scribbled).insert(one.id);
  }
  const std::string where = in_root(dataset, "labelsTr");
  if (!dataset.cases.empty() && ids.empty()) {
    add_finding(findings, Severity::kError, "no-annotation",
                {"no training case has any annotation", where, "scribbles or dense labels", "none",
                 "draw scribbles on some slices"});
    return;
  }
  for (const std::string& name : missing_classes(dataset, facts, ids)) {
    add_finding(findings, Severity::kError, "class-never-annotated",
                {"class never annotated", where, name, "no voxel in any case",
                 "annotate it or remove it from labels in dataset.json"});
  }
  if (!dense.empty() && !scribbled.empty()) {
    add_finding(findings, Severity::kInfo, "dense-among-scribbles",
                {"every voxel is labelled in some files, while others are scribbles", where, "",
                 std::to_string(dense.size()) + " dense: " + join_names(dense), ""});
  } else if (!dense.empty()) {
    // Whoever declares an ignore value means to leave voxels open.
    const bool declared = dataset.labels.ignore_value.has_value();
    add_finding(
        findings, declared ? Severity::kWarning : Severity::kInfo, "all-dense",
        {"every voxel is labelled in all " + std::to_string(dense.size()) +
             " label files: training is full supervision, not from scribbles",
         where, "", declared ? "an ignore value in dataset.json that no file uses" : "",
         declared ? "if 0 is what nobody drew: " + relabel_command(dataset.root, "0=ignore") : ""});
  }
}

void check_open_classes(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                        const Categories& listed, Findings& findings) {
  std::int64_t open = 0, scribbled = 0;
  for (const CaseFacts& one : facts) {
    if (one.test || !one.labels_usable || one.ignored_voxels == 0) continue;
    const auto tags = listed.find(one.id);
    const SliceCategories known =
        tags == listed.end() ? one.categories : merged(tags->second, one.categories);
    for (std::size_t k = 0; k < one.categories.size(); ++k) {
      if (!one.categories[k]) continue;
      ++scribbled;
      open += is_complete(*known[k]) ? 0 : 1;
    }
  }
  const std::string note = open_classes_note(open, scribbled);
  if (note.empty()) return;
  add_finding(findings, Severity::kInfo, "open-classes",
              {note, in_root(dataset, "labelsTr"), "", "", ""});
}

void check_habits(const Dataset& dataset, const std::vector<CaseFacts>& facts, Findings& findings) {
  std::map<std::string, HabitEvidence> by_case;
  for (const CaseFacts& one : facts) {
    if (!one.test && one.labels_usable) by_case[one.id] = one.habit;
  }
  const Findings found = habit_findings(dataset, by_case);
  findings.insert(findings.end(), found.begin(), found.end());
}

}  // namespace medcl
