// SPDX-License-Identifier: Apache-2.0
#pragma once

// Geometry of binary planes that strokes are made of. Planes are row-major; non-zero is inside.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/resample.h"

namespace medcl {

/// Per pixel the Euclidean distance, in pixels, from its centre to the nearest centre of a non-zero
/// pixel; 0 on the mask; infinity everywhere when the mask is empty. Exact, linear time.
std::vector<float> distance_to_mask(std::span<const std::uint8_t> mask, const PlaneSize& size);

/// Thins a mask to lines one pixel wide; holes stay holes. Small blobs may vanish.
/// Source: Zhang & Suen, CACM 27, 1984.
std::vector<std::uint8_t> thin(std::span<const std::uint8_t> mask, const PlaneSize& size);

/// The pixels of `curve` nearest to `start` along the curve (8-connected), in that order, at most
/// `limit` of them. `start` must lie on the curve.
std::vector<std::int64_t> walk_curve(std::span<const std::uint8_t> curve, const PlaneSize& size,
                                     std::int64_t start, std::int64_t limit);

}  // namespace medcl
