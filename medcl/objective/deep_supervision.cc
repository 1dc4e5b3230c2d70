// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/deep_supervision.h"

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/objective/map_axes.h"

namespace medcl {
namespace {

/// Along one axis: the pixels of the finer map in which the middles of `coarse` equal parts lie.
torch::Tensor middles(std::int64_t fine, std::int64_t coarse, torch::Device device) {
  const auto at = (torch::arange(coarse, torch::kFloat64) + 0.5) * static_cast<double>(fine) /
                  static_cast<double>(coarse);
  return at.floor().clamp_max(static_cast<double>(fine - 1)).to(device, torch::kInt64);
}

}  // namespace

std::vector<double> level_weights(std::size_t levels) {
  if (levels == 1) return {1};
  std::vector<double> weights;
  double sum = 0;
  for (std::size_t level = 0; level < levels; ++level) {
    weights.push_back(level + 1 == levels ? 0 : std::exp2(-static_cast<double>(level)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

torch::Tensor coarser_annotation(const torch::Tensor& target_bks, torch::IntArrayRef size_s,
                                 CoarseAnnotation taken) {
  check(are_maps(target_bks) && target_bks.dim() - 2 == static_cast<std::int64_t>(size_s.size()),
        "a size for each axis of the annotation");
  torch::Tensor coarse_bks = target_bks;
  for (std::int64_t axis = 2; axis < target_bks.dim(); ++axis) {
    const std::int64_t fine = target_bks.size(axis),
                       size = size_s[static_cast<std::size_t>(axis - 2)];
    if (fine == size) continue;
    if (taken == CoarseAnnotation::kMiddle) {
      coarse_bks = coarse_bks.index_select(axis, middles(fine, size, target_bks.device()));
    } else {
      check(fine % size == 0, "coarser maps divide finer ones");
      std::vector<std::int64_t> blocks = coarse_bks.sizes().vec();
      blocks[static_cast<std::size_t>(axis)] = size;
      blocks.insert(blocks.begin() + axis + 1, fine / size);
      coarse_bks = coarse_bks.reshape(blocks).mean(axis + 1);
    }
  }
  return coarse_bks;
}

}  // namespace medcl
