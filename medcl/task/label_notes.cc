// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/label_notes.h"

#include <algorithm>
#include <string>

#include "medcl/core/log.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/habit_findings.h"
#include "medcl/dataset/kept_classes.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

/// Of the slices with scribbles that are trained on.
std::string open_classes(const CaseStore& store, const Split& split,
                         const std::vector<std::string>& scribbled) {
  std::int64_t open = 0, all = 0;
  for (const SliceRef& one : training_slices(store, split, scribbled, /*keep_unlabelled=*/false)) {
    const StoredCase& stored = store.cases()[static_cast<std::size_t>(one.case_index)];
    ++all;
    open += std::ranges::count(stored.categories(one.slice),
                               static_cast<std::uint8_t>(Tag::kUnknown)) > 0
                ? 1
                : 0;
  }
  return open_classes_note(open, all);
}

}  // namespace

void tell_of_labels(const Dataset& dataset, const CaseStore& store, const Split& split,
                    const RunOptions& options, const TrainingHooks& hooks) {
  for (const Finding& one : habit_findings(dataset, store.habits())) {
    log(LogLevel::kWarning, to_line(one.problem));
  }
  const std::string dense = dense_training_note(store, split, options.train.scribbled);
  const bool may_be_scribbles = dataset.labels.ignore_value.has_value();
  if (!dense.empty() && may_be_scribbles) {
    log(LogLevel::kWarning, dense +
                                "; dataset.json has an ignore value that none of them uses: if 0 "
                                "is what nobody drew, medcl relabel with --map 0=ignore");
  } else if (!dense.empty() && hooks.on_note) {
    hooks.on_note(dense);
  }
  const std::string open = open_classes(store, split, options.train.scribbled);
  if (!open.empty() && hooks.on_note) hooks.on_note(open);
  if (options.prepare.spacing_mm <= 0) return;
  const KeptReport kept = describe_kept(store.kept_classes(), dataset.labels,
                                        options.prepare.spacing_mm, units_of(dataset.description));
  if (kept.lost) {
    log(LogLevel::kWarning, kept.line);
  } else if (hooks.on_note) {
    hooks.on_note(kept.line);
  }
}

}  // namespace medcl
