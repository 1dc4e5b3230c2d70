// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/label_notes.h"

#include <string>

#include "medcl/core/log.h"
#include "medcl/dataset/habit_findings.h"
#include "medcl/dataset/kept_classes.h"
#include "medcl/training/slices.h"

namespace medcl {

void tell_of_labels(const Dataset& dataset, const CaseStore& store, const Split& split,
                    const RunOptions& options, const TrainingHooks& hooks) {
  for (const Finding& one : habit_findings(dataset, store.habits())) {
    log(LogLevel::kWarning, to_line(one.problem));
  }
  const std::string dense = dense_training_note(store, split, options.train.scribbled);
  if (!dense.empty() && hooks.on_note) hooks.on_note(dense);
  if (options.prepare.spacing_mm <= 0) return;
  const KeptReport kept =
      describe_kept(store.kept_classes(), dataset.labels, options.prepare.spacing_mm);
  if (kept.lost) {
    log(LogLevel::kWarning, kept.line);
  } else if (hooks.on_note) {
    hooks.on_note(kept.line);
  }
}

}  // namespace medcl
