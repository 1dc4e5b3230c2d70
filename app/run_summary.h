// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run will do, in a few lines before its first step.

#include <optional>

#include "app/planning.h"
#include "medcl/dataset/dataset.h"
#include "medcl/task/config.h"

namespace medcl {

/// The cases, the network and the end of a run with these settled options; of a planned one also
/// what was drawn, and how pixels and crop suit it. On stderr.
void print_summary(const Dataset& dataset, const RunOptions& options,
                   const std::optional<RunPlan>& plan);

}  // namespace medcl
