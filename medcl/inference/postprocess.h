// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is done to a predicted label volume after argmax.

#include <string>

#include "medcl/inference/predictor.h"

namespace medcl {

/// The component rule to apply, one of component_rules(): the one that the options ask for or,
/// where they say "auto", the model's.
std::string component_rule_of(const PredictOptions& options, const ModelCard& card);

/// Makes the voxels of the components that `rule` does not keep background (0).
void keep_components(Grid<std::uint8_t>& class_indices, const std::string& rule);

/// What is done to predictions, in words for reports and provenance: "mean over four flips, largest
/// 3-D component of each class", "none" ...
std::string postprocessing_text(const PredictOptions& options, const ModelCard& card);

}  // namespace medcl
