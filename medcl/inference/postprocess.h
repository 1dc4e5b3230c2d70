// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is done to a predicted label volume after argmax.

#include "medcl/inference/predictor.h"

namespace medcl {

/// `class_indices`: 0 = background. Applies what `options` ask for.
void postprocess(Grid<std::uint8_t>& class_indices, const PredictOptions& options);

/// "largest component per class", "none" ...: for reports and provenance.
std::string postprocessing_text(const PredictOptions& options);

}  // namespace medcl
