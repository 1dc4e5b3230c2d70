// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/postprocess.h"

#include "medcl/image/components.h"

namespace medcl {

void postprocess(Grid<std::uint8_t>& class_indices, const PredictOptions& options) {
  if (options.largest_component) {
    keep_largest_component(class_indices.voxels, class_indices.geometry.size);
  }
}

std::string postprocessing_text(const PredictOptions& options) {
  std::string text = options.flips ? "mean over four flips" : "";
  if (options.largest_component) {
    text += std::string(text.empty() ? "" : ", ") + "largest 3-D component of each class";
  }
  return text.empty() ? "none" : text;
}

}  // namespace medcl
