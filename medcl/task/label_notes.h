// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a person should know of the labels before the first step.

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/task/config.h"

namespace medcl {

/// Warns of labels whose values seem to mean something else and of classes that the resampling
/// lost; notes dense masks in the training, slices in which a class may be there without a stroke,
/// and how much of the strokes the resampling kept.
void tell_of_labels(const Dataset& dataset, const CaseStore& store, const Split& split,
                    const RunOptions& options, const TrainingHooks& hooks);

}  // namespace medcl
