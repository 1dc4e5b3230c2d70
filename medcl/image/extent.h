// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sizes in pixels: of a plane, and of a sample, patch or tile, of which a slice is one of depth 1.

#include <cstdint>

namespace medcl {

struct PlaneSize {
  std::int64_t width = 0, height = 0;
  [[nodiscard]] std::int64_t count() const { return width * height; }
  bool operator==(const PlaneSize&) const = default;
};

/// z counts slices.
struct Extent {
  std::int64_t z = 1, y = 1, x = 1;
  [[nodiscard]] constexpr std::int64_t count() const { return z * y * x; }
  /// Of one of its slices.
  [[nodiscard]] constexpr PlaneSize plane() const { return {.width = x, .height = y}; }
  bool operator==(const Extent&) const = default;
};

/// That of so many slices of a plane.
constexpr Extent extent_of(const PlaneSize& plane, std::int64_t slices = 1) {
  return {.z = slices, .y = plane.height, .x = plane.width};
}

}  // namespace medcl
