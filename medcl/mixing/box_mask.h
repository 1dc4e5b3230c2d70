// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random boxes I_b and their union.
//
// Source: MedCL, Sec. 2.1; the published code draws one box with sides of .8 to 1 of the image.

#include <cstdint>

#include "medcl/core/random.h"
#include "medcl/image/resample.h"

namespace medcl {

/// Half-open pixel ranges.
struct Box {
  std::int64_t left = 0, top = 0, right = 0, bottom = 0;
  [[nodiscard]] bool contains(std::int64_t x, std::int64_t y) const {
    return x >= left && x < right && y >= top && y < bottom;
  }
  bool operator==(const Box&) const = default;
};

/// Both sides are drawn independently from [min_share, max_share] of the plane; position uniform.
Box random_box(const PlaneSize& plane, double min_share, double max_share, RandomStream& random);

/// The box prompt of an inter-mixed image: the smallest box that holds both.
Box union_box(const Box& a, const Box& b);

}  // namespace medcl
