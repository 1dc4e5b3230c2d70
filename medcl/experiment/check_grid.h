// SPDX-License-Identifier: Apache-2.0
#pragma once

// What would make runs of a grid fail, or its tables say less than the file, found before the first
// run. What only the options of training know is checked by the program (app/experiment_check.h).

#include "medcl/experiment/grid_data.h"

namespace medcl {

/// Of the datasets that are there: each has as many scribbled training cases as [grid] asks for,
/// and cases to score; what is published beside what is laid across is of classes that they have.
/// @throws Error(kInvalidData), Error(kUsage) naming the field and what there is.
void require_runnable(const Experiment& experiment, const GridDatasets& datasets);

}  // namespace medcl
