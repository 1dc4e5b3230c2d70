// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random boxes I_b.
//
// Source: MedCL, Sec. 2.1; the published code draws one box with sides of .8 to 1 of the image.

#include <cstdint>

#include "medcl/core/random.h"
#include "medcl/image/resample.h"

namespace medcl {

/// A box of pixels: columns left <= x < right, rows top <= y < bottom.
struct Box {
  std::int64_t left = 0, top = 0, right = 0, bottom = 0;
  [[nodiscard]] bool contains(std::int64_t x, std::int64_t y) const {
    return x >= left && x < right && y >= top && y < bottom;
  }
  bool operator==(const Box&) const = default;
};

/// A box inside the plane. Its width and its height are drawn independently, each from min_share to
/// max_share (0 to 1) of that of the plane; its position is uniform.
Box random_box(const PlaneSize& plane, double min_share, double max_share, RandomStream& random);

}  // namespace medcl
