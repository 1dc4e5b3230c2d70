// SPDX-License-Identifier: Apache-2.0
#pragma once

// The plan of a training, with progress, and what is to be warned of: for `medcl plan` and `medcl
// train`.

#include "medcl/task/auto_plan.h"

namespace medcl {

/// Looks at the cases of the dataset and warns of what its plan warns of. A signal stops it.
/// @throws as require_sound_listing and auto_plan.
AutoPlan plan_in_terminal(const Dataset& dataset, const GivenOptions& given);

}  // namespace medcl
