// SPDX-License-Identifier: Apache-2.0
#pragma once

// Connected components of a binary 3-D mask.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl {

/// Which voxels are neighbours: the 6 that share a face, or the 26 that share a corner too.
enum class Connectivity { kFaces = 6, kFull = 26 };

struct Components {
  std::vector<std::int32_t> label;         ///< per voxel, 0 = outside the mask, else 1..count
  std::vector<std::int64_t> voxel_counts;  ///< per component, [0] belongs to label 1
};

/// The components of the voxels that are not 0, numbered by their first voxel in memory order.
Components connected_components(std::span<const std::uint8_t> mask, const Size3& size,
                                Connectivity connectivity = Connectivity::kFull);

/// Keeps the largest component (26 neighbours) of all labels > 0 taken together (ties: the first in
/// memory order); the rest becomes 0. Needs 4 bytes per voxel on top.
void keep_largest_foreground(std::span<std::uint8_t> labels, const Size3& size);

/// Keeps, for every label value > 0, only its largest component (26 neighbours; ties: the first in
/// memory order); the rest becomes 0. Needs 4 bytes per voxel on top.
void keep_largest_component(std::span<std::uint8_t> labels, const Size3& size);

}  // namespace medcl
