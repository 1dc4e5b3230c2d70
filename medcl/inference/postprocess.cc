// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/postprocess.h"

#include "medcl/image/components.h"

namespace medcl {

std::string component_rule_of(const PredictOptions& options, const ModelCard& card) {
  return options.largest_component == "auto" ? card.components.rule : options.largest_component;
}

void keep_components(Grid<std::uint8_t>& class_indices, const std::string& rule) {
  if (rule == "together" || rule == "both") {
    keep_largest_foreground(class_indices.voxels, class_indices.geometry.size);
  }
  if (rule == "each" || rule == "both") {
    keep_largest_component(class_indices.voxels, class_indices.geometry.size);
  }
}

std::string postprocessing_text(const PredictOptions& options, const ModelCard& card) {
  const std::string rule = component_rule_text(component_rule_of(options, card));
  if (!options.flips) return rule;
  const std::string flips = card.network.traits().axes == 3 ? "eight" : "four";
  return "mean over " + flips + " flips" + (rule == "none" ? "" : ", " + rule);
}

}  // namespace medcl
