// SPDX-License-Identifier: Apache-2.0
#pragma once

// Planes that the tests of strokes draw in.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/image/extent.h"

namespace medcl {

using Plane = std::vector<std::uint8_t>;

inline RandomStream random_stream(std::uint32_t sample) {
  return RandomStream({7, 0, sample, Purpose::kTest});
}

/// A heart of circles: ring 2 around pool 3, beside it 1.
inline Plane heart(const PlaneSize& size) {
  Plane mask(static_cast<std::size_t>(size.count()), 0);
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const double lv = std::hypot(static_cast<double>(x) - 66, static_cast<double>(y) - 60);
      const double rv = std::hypot(static_cast<double>(x) - 50, static_cast<double>(y) - 60);
      mask[static_cast<std::size_t>(y * size.width + x)] =
          lv < 11 ? 3 : (lv < 17 ? 2 : (rv < 16 ? 1 : 0));
    }
  }
  return mask;
}

inline std::int64_t count(const Plane& plane, std::uint8_t value) {
  return std::count(plane.begin(), plane.end(), value);
}

}  // namespace medcl
