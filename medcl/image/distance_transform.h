// SPDX-License-Identifier: Apache-2.0
#pragma once

// Exact Euclidean distance transform with anisotropic spacing, linear time.
//
// Source: Felzenszwalb & Huttenlocher, Distance Transforms of Sampled Functions, 2012.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl {

/// Distance in mm from every voxel centre to the nearest centre of a voxel that is not 0; infinite
/// everywhere when there is none. `mask` has i fastest; spacing must be positive.
std::vector<double> distance_transform_mm(std::span<const std::uint8_t> mask, const Size3& size,
                                          const Point3& spacing_mm);

}  // namespace medcl
