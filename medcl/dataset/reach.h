// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a person who scribbles leaves unsaid: where no stroke of a structure is anywhere near, there
// is no structure. docs/explanation/borders-and-corners.md says when that holds.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/resample.h"

namespace medcl {

/// Far pixels are annotated as thinly as strokes are: every fourth of every fourth row. All of them
/// would outweigh the strokes in every mean over annotated pixels, and learning would start late.
inline constexpr std::int64_t kReachStride = 4;

/// `class_indices`: slices of `plane` pixels, class index or kNotAnnotated. In every slice that has
/// an annotated pixel and of which `knows_all` says that every class of it is drawn or known to be
/// absent, pixels (x, y) with x and y divisible by kReachStride that have no annotation and lie
/// farther than `reach_mm` in the plane from all strokes of foreground classes become class 0; in a
/// slice whose strokes are all background, every such pixel does. Other slices stay as they are.
void assume_background_beyond(double reach_mm, std::span<std::uint8_t> class_indices,
                              const PlaneSize& plane, const std::array<double, 2>& pixel_mm,
                              const std::vector<bool>& knows_all);

}  // namespace medcl
