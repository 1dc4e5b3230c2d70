// SPDX-License-Identifier: Apache-2.0
#pragma once

// What loose files leave in doubt, said before a network learns from it. Part of make_dataset.

#include "medcl/core/finding.h"
#include "medcl/dataset/intake/look.h"

namespace medcl {

/// Warnings: files in which 0 was judged differently ("zero-differs"), values that a given --map
/// says nothing of ("unmapped-values"), and many classes of next to no pixels in pictures, as
/// smoothed edges make them ("rare-values").
Findings label_doubts(const LookedAt& looked, const IntakePlan& plan, const IntakeOptions& options);

}  // namespace medcl
