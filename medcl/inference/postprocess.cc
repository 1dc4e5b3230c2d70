// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/postprocess.h"

#include <map>

#include "medcl/image/components.h"

namespace medcl {

void postprocess(Grid<std::uint8_t>& class_indices, const PredictOptions& options) {
  const std::string& rule = options.largest_component;
  if (rule == "together" || rule == "both") {
    keep_largest_foreground(class_indices.voxels, class_indices.geometry.size);
  }
  if (rule == "each" || rule == "both") {
    keep_largest_component(class_indices.voxels, class_indices.geometry.size);
  }
}

std::string postprocessing_text(const PredictOptions& options) {
  std::string text = options.flips ? "mean over four flips" : "";
  const std::map<std::string, const char*> rules = {
      {"each", "largest 3-D component of each class"},
      {"together", "largest 3-D component of all classes together"},
      {"both", "largest 3-D component of all classes together, then of each"}};
  if (const auto rule = rules.find(options.largest_component); rule != rules.end()) {
    text += text.empty() ? "" : ", ";
    text += rule->second;
  }
  return text.empty() ? "none" : text;
}

}  // namespace medcl
