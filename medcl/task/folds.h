// SPDX-License-Identifier: Apache-2.0
#pragma once

// Cross-validation over the scribbled cases: several trainings, of which each leaves other cases
// out.

#include <cstdint>

#include "medcl/dataset/dataset.h"
#include "medcl/run/fold_list.h"
#include "medcl/task/config.h"

namespace medcl {

/// Deals the labelled cases (those of options.scribbled, where it names any) into `count` folds
/// that leave out one part each; unlabelled cases are in all of them.
/// - Several splits in splits_final.json are the folds.
/// - Of one split, validation cases with dense masks are left out of every fold, so that they can
///   still be scored; scribbled ones are dealt like all others.
/// Deterministic, and the same as medcl split makes where no case is left out.
/// @throws Error(kUsage) when `count` is not the number of splits, or not 2 to the number of cases;
///         as read_labels and chosen_split.
FoldList plan_folds(const Dataset& dataset, const TrainOptions& options, std::int64_t count);

/// The options of fold `n`: its cases, and a seed of its own (that of the run + n), so that its
/// network begins with other weights.
RunOptions options_of_fold(const RunOptions& options, const Dataset& dataset, const FoldList& list,
                           std::size_t n);

}  // namespace medcl
