// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cross-validation over the scribbled cases: several trainings, of which each leaves other cases
// out.

#include <cstdint>
#include <filesystem>
#include <functional>

#include "medcl/dataset/dataset.h"
#include "medcl/run/fold_list.h"
#include "medcl/task/config.h"

namespace medcl {

/// Deals the labelled cases (those of options.scribbled, where it names any) into `count` folds
/// that leave out one part each; unlabelled cases are in all of them.
/// - Several splits in splits_final.json are the folds. Fewer folds leave out the validation cases
///   of several splits each, where no case is in two of them, so that cases that belong together
///   stay together: splits that medcl new or medcl split made become those of --folds `count`.
/// - Of one split, validation cases with dense masks are left out of every fold, so that they can
///   still be scored; scribbled ones are dealt like all others.
/// Deterministic, and the same as medcl split makes where no case is left out.
/// @throws Error(kUsage) naming what can be done, when `count` is not 2 to the number of splits or
///         of cases; as read_labels and chosen_split.
FoldList plan_folds(const Dataset& dataset, const TrainOptions& options, std::int64_t count);

/// The options of fold `n`: its cases, and a seed of its own (that of the run + n), so that its
/// network begins with other weights.
RunOptions options_of_fold(const RunOptions& options, const Dataset& dataset, const FoldList& list,
                           std::size_t n);

/// Prepares all cases in `cache` and refuses what a later fold would refuse: a class that is drawn
/// in no case that a fold learns from. `options`: settled, of the whole run.
/// @throws Error(kInvalidData) naming the fold; as CaseStore::build and training_slices.
void require_every_class_in_folds(
    const Dataset& dataset, const RunOptions& options, const FoldList& list,
    const std::filesystem::path& cache,
    const std::function<void(std::int64_t, std::int64_t)>& on_prepare = {});

}  // namespace medcl
