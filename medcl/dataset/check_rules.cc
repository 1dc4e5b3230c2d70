// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check_rules.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr double kOutlierDeviations = 8;  // robust standard deviations of the logarithm
constexpr double kOutlierRatio = 4;       // and at least this factor from the median
constexpr std::size_t kEnoughCases = 5;
constexpr double kRobustDeviation = 1.4826;  // of a normal distribution, from the median deviation

void add(Findings& findings, Severity severity, const char* id, const Problem& problem) {
  findings.push_back({severity, id, problem, false});
}

std::string join(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string in_root(const Dataset& dataset, const char* name) {
  return (dataset.root / name).string();
}

void check_stray_labels(const Dataset& dataset, bool test, Findings& findings) {
  const auto folder = dataset.root / (test ? "labelsTs" : "labelsTr");
  std::set<std::string> known;
  for (const Case& one : test ? dataset.test_cases : dataset.cases) {
    known.insert(one.id + dataset.file_ending);
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name[0] == '.' || name[0] == '_' || !name.ends_with(dataset.file_ending)) continue;
    if (known.count(name) != 0) continue;
    add(findings, Severity::kWarning, "label-without-image",
        {"label file without an image", entry.path().string(), "", "", "remove or rename it"});
  }
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

const CaseFacts* find_facts(const std::vector<CaseFacts>& facts, const std::string& id) {
  for (const CaseFacts& one : facts) {
    if (one.id == id && !one.test) return &one;
  }
  return nullptr;
}

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

bool judged_by(const Dataset& dataset, const CaseFacts& a, const CaseFacts& b) {
  if (a.test != b.test) return true;
  const auto has = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return std::any_of(dataset.splits.begin(), dataset.splits.end(), [&](const Split& split) {
    return (has(split.train, a.id) && has(split.validation, b.id)) ||
           (has(split.train, b.id) && has(split.validation, a.id));
  });
}

std::string class_names(const std::vector<bool>& flags, const Dataset& dataset) {
  std::set<std::string> names;
  for (std::size_t c = 1; c < flags.size(); ++c) {
    if (flags[c]) names.insert(dataset.labels.classes[c].name);
  }
  return names.empty() ? "background only" : join(names);
}

void compare_categories(const Dataset& dataset, const CaseFacts& facts,
                        const SliceCategories& listed, Findings& findings) {
  for (std::size_t k = 0; k < std::min(listed.size(), facts.categories.size()); ++k) {
    if (!listed[k] || !facts.categories[k]) continue;
    bool contradicts = false;
    for (std::size_t c = 1; c < listed[k]->size(); ++c) {
      contradicts = contradicts || ((*facts.categories[k])[c] && !(*listed[k])[c]);
    }
    if (!contradicts) continue;
    add(findings, Severity::kError, "categories-contradict-labels",
        {"categories leave out a class that the labels show",
         in_root(dataset, "categories.json") + ": " + facts.id + ", slice " + std::to_string(k),
         class_names(*facts.categories[k], dataset), class_names(*listed[k], dataset),
         "correct one of the two"});
  }
}

}  // namespace

void check_listing(const Dataset& dataset, Findings& findings) {
  if (dataset.cases.empty()) {
    add(findings, Severity::kError, "no-cases",
        {"no training cases", dataset.root.string(),
         "files like imagesTr/<case>_0000" + dataset.file_ending, "none", ""});
  }
  const auto number = dataset.description.find("numTraining");
  const std::string found = std::to_string(dataset.cases.size());
  if (number == dataset.description.end() || number->dump() != found) {
    add(findings, Severity::kWarning, "num-training",
        {"numTraining differs from the number of cases", in_root(dataset, "dataset.json"), found,
         number == dataset.description.end() ? "no such key" : number->dump(), "correct the key"});
  }
  check_stray_labels(dataset, false, findings);
  check_stray_labels(dataset, true, findings);
}

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
      add(findings, Severity::kError, "split-unknown-case",
          {"split names cases that do not exist", where, "cases of imagesTr", join(unknown), ""});
    }
    if (!both.empty()) {
      add(findings, Severity::kError, "split-overlap",
          {"cases in train and validation at once", where, "", join(both),
           "a model must not be judged on cases it has seen"});
    }
    const auto untaught = missing_classes(dataset, facts, split.train);
    if (!untaught.empty()) {
      add(findings, Severity::kError, "split-class-missing",
          {"classes that no training case of the split shows", where, "", join(untaught), ""});
    }
    const auto unjudged = missing_classes(dataset, facts, split.validation);
    if (!unjudged.empty()) {
      add(findings, Severity::kWarning, "split-class-not-validated",
          {"classes that no validation case of the split shows", where, "", join(unjudged), ""});
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
    add(findings, Severity::kError, "no-annotation",
        {"no training case has any annotation", where, "scribbles or dense labels", "none",
         "draw scribbles on some slices"});
    return;
  }
  for (const std::string& name : missing_classes(dataset, facts, ids)) {
    add(findings, Severity::kError, "class-never-annotated",
        {"class never annotated", where, name, "no voxel in any case",
         "annotate it or remove it from labels in dataset.json"});
  }
  if (!dense.empty() && !scribbled.empty()) {
    add(findings, Severity::kInfo, "dense-among-scribbles",
        {"every voxel is labelled in some files, while others are scribbles", where, "",
         std::to_string(dense.size()) + " dense: " + join(dense), ""});
  }
}

void check_categories(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings) {
  std::map<std::string, SliceCategories> categories;
  try {
    categories = read_categories(dataset);
  } catch (const Error& error) {
    add(findings, Severity::kError, "categories-unreadable",
        {error.what(), in_root(dataset, "categories.json"), "", "", ""});
    return;
  }
  for (const auto& [id, slices] : categories) {
    const CaseFacts* one = find_facts(facts, id);
    if (one == nullptr) {
      add(findings, Severity::kWarning, "categories-unknown-case",
          {"categories of a case that does not exist", in_root(dataset, "categories.json"), "", id,
           ""});
    } else if (one->labels_usable) {
      compare_categories(dataset, *one, slices, findings);
    }
  }
}

void check_duplicates(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                      Findings& findings) {
  std::map<std::string, std::vector<const CaseFacts*>> owners;
  for (const CaseFacts& one : facts) {
    for (const std::string& hash : one.voxel_hashes) owners[hash].push_back(&one);
  }
  std::set<std::pair<const CaseFacts*, const CaseFacts*>> reported;
  for (const auto& [hash, cases] : owners) {
    for (std::size_t i = 1; i < cases.size(); ++i) {
      const CaseFacts &a = *cases[0], &b = *cases[i];
      const bool same_case = a.id == b.id && a.test == b.test;
      if (!reported.insert({&a, &b}).second) continue;
      const bool leak = !same_case && judged_by(dataset, a, b);
      add(findings, leak ? Severity::kError : Severity::kWarning, "duplicate-image",
          {same_case ? "two channels with the same voxels" : "two cases with the same voxels",
           "case " + b.id, "", "as in case " + a.id,
           leak ? "one of them judges what the other teaches: remove one" : "remove one"});
    }
  }
}

void check_intensities(const Dataset& dataset, const std::vector<CaseFacts>& facts,
                       Findings& findings) {
  for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
    std::vector<double> logs;
    std::vector<const CaseFacts*> cases;
    for (const CaseFacts& one : facts) {
      if (one.intensities.size() <= c || !(one.intensities[c].high > 0)) continue;
      logs.push_back(std::log(one.intensities[c].high));
      cases.push_back(&one);
    }
    if (cases.size() < kEnoughCases) continue;
    const double centre = median(logs);
    std::vector<double> distances(logs.size());
    std::transform(logs.begin(), logs.end(), distances.begin(),
                   [&](double value) { return std::abs(value - centre); });
    const double limit = std::max(kOutlierDeviations * kRobustDeviation * median(distances),
                                  std::log(kOutlierRatio));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (distances[i] <= limit) continue;
      add(findings, Severity::kWarning, "intensity-outlier",
          {"brightness far from that of the other cases",
           "case " + cases[i]->id + ", channel " + dataset.channel_names[c],
           "99th percentile near " + std::to_string(std::exp(centre)),
           std::to_string(cases[i]->intensities[c].high),
           "another scanner, unit or scale? z-score normalisation evens out scale only"});
    }
  }
}

}  // namespace medcl
