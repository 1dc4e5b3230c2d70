// SPDX-License-Identifier: Apache-2.0
#pragma once

// Axes of maps [B, K, s], where s is any number of axes in space.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace medcl {

/// Whether `maps` has a batch, maps and one axis in space at least.
inline bool are_maps(const torch::Tensor& maps) { return maps.dim() >= 3; }

/// 2, 3, ...
inline std::vector<std::int64_t> spatial_axes(const torch::Tensor& maps) {
  std::vector<std::int64_t> axes;
  for (std::int64_t axis = 2; axis < maps.dim(); ++axis) axes.push_back(axis);
  return axes;
}

/// 0, 2, 3, ...
inline std::vector<std::int64_t> all_but_maps(const torch::Tensor& maps) {
  std::vector<std::int64_t> axes = spatial_axes(maps);
  axes.insert(axes.begin(), 0);
  return axes;
}

}  // namespace medcl
