// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random boxes I_b.
//
// Source: MedCL, Sec. 2.1; the published code draws one box with sides of .8 to 1 of the image.

#include <cstdint>

#include "medcl/core/random.h"
#include "medcl/image/extent.h"

namespace medcl {

/// A box of pixels: first <= pixel < end along every axis.
struct Box {
  Extent first{0, 0, 0}, end{0, 0, 0};

  [[nodiscard]] static Box whole(const Extent& extent) { return {{0, 0, 0}, extent}; }
  [[nodiscard]] bool has_row(std::int64_t z, std::int64_t y) const {
    return z >= first.z && z < end.z && y >= first.y && y < end.y;
  }
  [[nodiscard]] bool contains(std::int64_t z, std::int64_t y, std::int64_t x) const {
    return has_row(z, y) && x >= first.x && x < end.x;
  }
  bool operator==(const Box&) const = default;
};

/// A box inside the extent. Its sides are drawn independently, each from min_share to max_share (0
/// to 1) of that of the extent; its position is uniform. In a single slice its depth is 1, and
/// nothing is drawn for it.
Box random_box(const Extent& extent, double min_share, double max_share, RandomStream& random);

}  // namespace medcl
