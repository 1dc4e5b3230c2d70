// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every number of an experiment, for other programs.

#include <vector>

#include "medcl/experiment/comparison.h"
#include "medcl/report/table.h"

namespace medcl {

/// One row per section, row, column, class ("mean": over classes) and metric, with spread,
/// interval, test and published number; what does not exist is empty. Dice and other shares from 0
/// to 1, lengths in mm, volumes in ml.
Table number_table(const Experiment& experiment, const std::vector<ComparedSection>& sections);

}  // namespace medcl
