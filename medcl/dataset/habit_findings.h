// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels that were drawn with another meaning of 0, as a finding that names the way out.

#include <map>
#include <string>

#include "medcl/core/finding.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/label_habit.h"

namespace medcl {

/// Findings from the evidence of the cases of imagesTr, by id. "zero-is-undrawn" and
/// "ignore-swapped", at most one of each; errors where dataset.json declares an ignore value, else
/// warnings. "outlines-only", always a warning. The remedy is the command that converts.
/// "empty-among-scribbles": files of zeros while others are scribbles; a warning.
Findings habit_findings(const Dataset& dataset,
                        const std::map<std::string, HabitEvidence>& by_case);

}  // namespace medcl
