// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the file of an experiment says to medcl train and medcl predict, tried before the first run.

#include "medcl/experiment/grid_data.h"

namespace medcl {

/// Where runs will be at work: a machine that only plans may lack the GPU that they need.
enum class RunPlace { kHere, kElsewhere };

/// Tries the options of every method and switch, on the datasets that are at hand also whether they
/// fit them, and the flags of every prediction.
/// @throws Error naming the file, the method, switch or prediction, and what is wrong with it.
void require_sound_settings(const Experiment& experiment, const GridDatasets& datasets,
                            RunPlace place);

}  // namespace medcl
