// SPDX-License-Identifier: Apache-2.0
#pragma once

// `medcl train --folds`: the trainings of a cross-validation, one after the other.

#include <cstdint>
#include <optional>

#include "app/commands.h"
#include "app/planning.h"
#include "app/run_verb.h"
#include "medcl/run/fold_list.h"
#include "medcl/task/config.h"

namespace medcl {

/// The arguments as they are meant: the command that began a run of folds, given again, goes on
/// with it. @throws Error(kUsage) where it is another command than that, and for --folds with a run
/// that has none or others.
void settle_fold_arguments(RunArguments& arguments, std::int64_t folds);

/// Trains what is left of all folds and sums up. `options`: of the whole run, not settled; `plan`:
/// that they come from, if any; `folds`: how many a new run has.
void train_folds(const RunArguments& arguments, RunOptions options, std::optional<RunPlan> plan,
                 std::int64_t folds, Program& program);

}  // namespace medcl
