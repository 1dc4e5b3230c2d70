// SPDX-License-Identifier: Apache-2.0
#pragma once

// estimate.json of a run of folds, and what is said beside every estimate.

#include <string>
#include <vector>

#include "medcl/format/json.h"
#include "medcl/quality/dice_estimate.h"

namespace medcl {

/// Mean over the classes that have an estimate; the interval is the mean of theirs, as if all erred
/// together. NaN where there is none. Its remark names the classes that have none or only a guess.
DiceEstimate mean_estimate(const std::vector<DiceEstimate>& classes);

/// {"coverage", "classes": [{"name", "dice", "low", "high", "agreement", "cases", "stroke_recall",
/// "stroke_precision", "size_ratio", "stroke_voxels", "remark"}], "mean": {"dice", "low", "high",
/// "remark"}, "limits": [sentences]}; what is not known is null.
Json estimate_to_json(const std::vector<DiceEstimate>& classes);

/// What an estimate of this kind can know, and what it cannot: whole sentences.
const std::vector<std::string>& limits_of_estimates();

}  // namespace medcl
