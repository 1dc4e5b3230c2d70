// SPDX-License-Identifier: Apache-2.0
#pragma once

// How thin a structure is, from strokes inside and around it: pixels much coarser than that cannot
// show it.

#include <cstdint>
#include <optional>
#include <span>

#include "medcl/image/geometry.h"

namespace medcl {

/// About half the width in mm of what class `index` marks in a slice: how far its pixels are from
/// those of any other class, background among them. Of strokes the distance below which a tenth
/// of them lie, where others were drawn near; of a dense mask twice the mean, which of a strip is
/// half its width. Nothing where the slice shows no such pixel, or no other class. Cost: one
/// distance transform. `indices_hw`: kNotAnnotated is open; size[2] is 1.
std::optional<double> half_width_mm(std::span<const std::uint8_t> indices_hw, const Size3& size,
                                    const Point3& spacing_mm, std::uint8_t index, bool dense);

}  // namespace medcl
