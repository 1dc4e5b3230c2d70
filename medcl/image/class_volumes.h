// SPDX-License-Identifier: Apache-2.0
#pragma once

// How large the structures of a label volume are, and in how many pieces.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl {

/// The volume of each class in ml, its voxels times the volume of a voxel; class 0 is the
/// background. Values from `classes` on (voxels that are not annotated) count nowhere.
std::vector<double> class_volumes_ml(std::span<const std::uint8_t> class_indices,
                                     const Geometry& geometry, std::size_t classes);

/// The connected pieces (26 neighbours) of one class.
struct Pieces {
  std::int64_t count = 0;
  double largest_share = 0;  ///< of the voxels of the class; 0 when it has none
};
/// The pieces of the class `class_index`. Takes 5 bytes per voxel.
Pieces pieces_of_class(std::span<const std::uint8_t> class_indices, const Size3& size,
                       std::uint8_t class_index);

}  // namespace medcl
