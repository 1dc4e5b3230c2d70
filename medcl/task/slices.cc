// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/slices.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/options.h"
#include "medcl/mixing/crop.h"

namespace medcl {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<bool> annotated_slices(const StoredCase& one) {
  std::vector<bool> annotated;
  for (std::int64_t k = 0; k < one.slices; ++k) {
    const auto labels = one.labels(k);
    annotated.push_back(std::any_of(labels.begin(), labels.end(),
                                    [](std::uint8_t label) { return label != kNotAnnotated; }));
  }
  return annotated;
}

bool has_comma(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.find(',') != std::string::npos; });
}

/// Ids of `names` that are in `others` (or, with `absent`, that are not), comma separated.
std::string listed(const std::vector<std::string>& names, const std::vector<std::string>& others,
                   bool absent) {
  std::string text;
  for (const std::string& name : names) {
    if (contains(others, name) != absent) {
      text += (text.empty() ? "" : ", ") + name;
    }
  }
  return text;
}

/// A split that `medcl check` calls an error is not trained on.
void check_split(const Dataset& dataset, const Split& split) {
  std::vector<std::string> known;
  for (const Case& one : dataset.cases) {
    known.push_back(one.id);
  }
  const std::string where = (dataset.root / "splits_final.json").string();
  for (const auto* list : {&split.train, &split.validation}) {
    if (const std::string unknown = listed(*list, known, true); !unknown.empty()) {
      fail(ErrorCode::kInvalidData, {.what = "split names cases that do not exist",
                                     .where = where,
                                     .expected = "cases of imagesTr",
                                     .found = unknown,
                                     .remedy = "correct the split"});
    }
  }
  if (const std::string both = listed(split.validation, split.train, false); !both.empty()) {
    fail(ErrorCode::kInvalidData, {.what = "cases in train and validation at once",
                                   .where = where,
                                   .found = both,
                                   .remedy = "a model must not be judged on cases it has seen"});
  }
}

void require_cases(const Split& split, const std::filesystem::path& where) {
  if (!split.train.empty()) return;
  fail(ErrorCode::kInvalidData, {.what = "no cases to train on",
                                 .where = where.string(),
                                 .expected = "at least one image to learn from",
                                 .remedy = "add cases, or choose another split (train.split)"});
}

void require_known(const Dataset& dataset, const std::vector<std::string>& ids,
                   const std::string& option) {
  std::vector<std::string> known;
  for (const Case& one : dataset.cases) known.push_back(one.id);
  for (const std::string& id : ids) {
    if (contains(known, id)) continue;
    fail(ErrorCode::kUsage,
         {.what = "no such case",
          .where = option,
          .expected = "ids of cases of imagesTr, nearest is '" + nearest_name(id, known) + "'",
          .found = "'" + id + "'"});
  }
}

/// The cases that options.validate_on, a split or neither gives.
Split base_split(const Dataset& dataset, const TrainOptions& options) {
  if (dataset.splits.empty() || !options.validate_on.empty()) {
    Split split;
    for (const Case& one : dataset.cases) {
      (contains(options.validate_on, one.id) ? split.validation : split.train).push_back(one.id);
    }
    return split;
  }
  if (options.split >= static_cast<std::int64_t>(dataset.splits.size())) {
    fail(ErrorCode::kUsage,
         {.what = "no such split",
          .where = "train.split",
          .expected = "0.." + std::to_string(dataset.splits.size() - 1) + " (splits_final.json)",
          .found = std::to_string(options.split)});
  }
  const Split& split = dataset.splits[static_cast<std::size_t>(options.split)];
  check_split(dataset, split);
  return split;
}

/// Names of the foreground classes that the slices do not teach, comma separated.
struct MissingClasses {
  std::string undrawn;
  std::string lost;  ///< drawn in the slices' cases, but kept by no resampled slice
};

/// True when a person drew the class in a case that has scribbled slices.
bool was_drawn(const CaseStore& store, const std::vector<SliceRef>& slices, std::size_t index) {
  return std::any_of(slices.begin(), slices.end(), [&](const SliceRef& one) {
    const KeptClasses& kept = store.cases()[static_cast<std::size_t>(one.case_index)].kept;
    return one.scribbled && index < kept.size() && kept[index].drawn > 0;
  });
}

MissingClasses missing_classes(const CaseStore& store, const std::vector<SliceRef>& slices,
                               const LabelMap& labels) {
  std::vector<bool> taught(static_cast<std::size_t>(kNotAnnotated) + 1, false);
  for (const SliceRef& one : slices) {
    if (!one.scribbled) continue;
    const StoredCase& stored = store.cases()[static_cast<std::size_t>(one.case_index)];
    for (const std::uint8_t label : stored.labels(one.slice)) taught[label] = true;
  }
  MissingClasses missing;
  for (std::size_t c = 1; c < labels.classes.size(); ++c) {
    if (taught[c]) continue;
    std::string& list = was_drawn(store, slices, c) ? missing.lost : missing.undrawn;
    list += (list.empty() ? "" : ", ") + labels.classes[c].name;
  }
  return missing;
}

}  // namespace

Split chosen_split(const Dataset& dataset, const TrainOptions& options) {
  require_known(dataset, options.validate_on, "train.validate_on");
  require_known(dataset, options.leave_out, "train.leave_out");
  Split split = base_split(dataset, options);
  for (auto* list : {&split.train, &split.validation}) {
    std::erase_if(*list, [&](const std::string& id) { return contains(options.leave_out, id); });
  }
  require_cases(split, dataset.root / (dataset.splits.empty() ? "imagesTr" : "splits_final.json"));
  return split;
}

std::string case_counts(const Dataset& dataset, const TrainOptions& options) {
  const Split split = chosen_split(dataset, options);
  std::size_t labelled = 0;
  for (const Case& one : dataset.cases) {
    const bool used = options.scribbled.empty() || contains(options.scribbled, one.id);
    labelled += one.labels && used && contains(split.train, one.id) ? 1 : 0;
  }
  return "training on " + std::to_string(labelled) + " labelled and " +
         std::to_string(split.train.size() - labelled) + " unlabelled cases, validating on " +
         std::to_string(split.validation.size());
}

std::string dense_training_note(const CaseStore& store, const Split& split,
                                const std::vector<std::string>& scribbled) {
  std::size_t labelled = 0, dense = 0;
  for (const auto& [id, evidence] : store.habits()) {
    const bool used = contains(split.train, id) && (scribbled.empty() || contains(scribbled, id));
    labelled += used ? 1 : 0;
    dense += used && evidence.ignored_share == 0 ? 1 : 0;
  }
  if (labelled == 0 || dense < labelled) return "";
  return std::to_string(dense) + " of " + std::to_string(labelled) +
         " label files to train on are dense: this is full supervision, not learning from "
         "scribbles";
}

bool has_masks_only(const CaseStore& store, const Split& split,
                    const std::vector<std::string>& scribbled) {
  bool any = false;
  for (const StoredCase& one : store.cases()) {
    const bool used =
        contains(split.train, one.id) && (scribbled.empty() || contains(scribbled, one.id));
    for (std::int64_t k = 0; used && k < one.slices && !one.labels(k).empty(); ++k) {
      const auto open = std::ranges::count(one.labels(k), kNotAnnotated);
      if (open > 0 && open < std::ssize(one.labels(k))) return false;
      any = any || open == 0;
    }
  }
  return any;
}

std::vector<SliceRef> training_slices(const CaseStore& store, const Split& split,
                                      const std::vector<std::string>& scribbled,
                                      bool keep_unlabelled, std::int64_t depth) {
  for (const std::string& id : scribbled) {
    if (!contains(split.train, id)) {
      fail(ErrorCode::kUsage,
           {.what = "scribbled case is not in the training set",
            .where = "train.scribbled",
            .expected = "ids of training cases, nearest is '" + nearest_name(id, split.train) + "'",
            .found = "'" + id + "'",
            .remedy = has_comma(split.train) ? "put ids with a comma in double quotes: '\"a, b\",c'"
                                             : ""});
    }
  }
  std::vector<SliceRef> slices;
  const auto& cases = store.cases();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!contains(split.train, cases[i].id)) {
      continue;
    }
    const bool use_scribbles = scribbled.empty() || contains(scribbled, cases[i].id);
    const std::vector<bool> shown = annotated_slices(cases[i]);
    for (std::int64_t k = 0; k < cases[i].slices; ++k) {
      const SliceRange patch = patch_slices(k, depth, cases[i].slices);
      const auto first = shown.begin() + patch.first;
      const bool annotated =
          use_scribbles && std::find(first, first + patch.count, true) != first + patch.count;
      if (annotated || keep_unlabelled) {
        slices.push_back({static_cast<std::int64_t>(i), k, annotated});
      }
    }
  }
  return slices;
}

void require_every_class(const CaseStore& store, const std::vector<SliceRef>& slices,
                         const LabelMap& labels) {
  const MissingClasses missing = missing_classes(store, slices, labels);
  if (missing.undrawn.empty() && missing.lost.empty()) return;
  const bool all_lost = missing.undrawn.empty();
  const std::string lost_text =
      missing.lost.empty() ? "" : missing.lost + " was drawn, but none of it is left";
  fail(ErrorCode::kInvalidData,
       {.what = all_lost ? "classes that were drawn are lost on the pixels that the network sees"
                         : "classes that no scribble of the training cases shows",
        .where = "training cases",
        .expected = "every class of dataset.json",
        .found = (all_lost ? "" : "none of " + missing.undrawn) +
                 (all_lost || missing.lost.empty() ? "" : "; ") + lost_text,
        .remedy = (all_lost ? std::string() : "annotate them, choose other cases, ") +
                  (missing.lost.empty() ? "" : "choose a smaller prepare.spacing_mm, ") +
                  "or set train.allow_missing_class=true"});
}

}  // namespace medcl
