// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a person who scribbles leaves unsaid: where no stroke of a structure is anywhere near, there
// is no structure. docs/explanation/borders-and-corners.md says when that holds.

#include <array>
#include <cstdint>
#include <span>

#include "medcl/image/resample.h"

namespace medcl {

/// `class_indices`: slices of `plane` pixels, class index or kNotAnnotated. In every slice that has
/// an annotated pixel, pixels without annotation that lie farther than `reach_mm` in the plane from
/// all strokes of foreground classes become class 0; in a slice whose strokes are all background,
/// every one does. Slices without annotation stay as they are.
void assume_background_beyond(double reach_mm, std::span<std::uint8_t> class_indices,
                              const PlaneSize& plane, const std::array<double, 2>& pixel_mm);

}  // namespace medcl
