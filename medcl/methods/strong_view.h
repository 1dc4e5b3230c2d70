// SPDX-License-Identifier: Apache-2.0
#pragma once

// The images of a batch as a student sees them who learns from a teacher that sees them as they
// are.

#include "medcl/methods/method.h"
#include "medcl/mixing/augment.h"

namespace medcl {

/// The images of the step with other intensities, drawn anew for each channel of each: as
/// augment_intensity, on the device of the batch. Pixels stay where they are.
torch::Tensor strong_view(const Step& step, const AugmentOptions& options);

}  // namespace medcl
