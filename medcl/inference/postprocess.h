// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is done to a predicted label volume after argmax.

#include <string>

#include "medcl/inference/predictor.h"

namespace medcl {

/// One of component_rules(): what the options ask for, or what the model says.
std::string component_rule_of(const PredictOptions& options, const ModelCard& card);

/// `class_indices`: 0 = background; what `rule` does not keep becomes background.
void keep_components(Grid<std::uint8_t>& class_indices, const std::string& rule);

/// "mean over four flips, largest 3-D component of each class", "none" ...: for reports and
/// provenance.
std::string postprocessing_text(const PredictOptions& options, const ModelCard& card);

}  // namespace medcl
