// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels of a slice on a grid of the same extent with other pixels. Nearest neighbours would lose
// every stroke that is thinner than a new pixel.

#include <cstdint>
#include <span>

#include "medcl/image/resample.h"

namespace medcl {

/// Fills `output` with the labels on the grid `to`. `unset`: the value of pixels that nobody
/// annotated. Along an axis that gets fewer pixels, every old pixel belongs to the new one that its
/// centre lies in. A new pixel is unset only when all old pixels that belong to it are; else it
/// takes, of their classes, the one with the largest area in it; of equal areas foreground (not 0)
/// before background, then the smaller class. Along an axis that gets more pixels, a new pixel
/// takes the old one that its own centre lies in. All in whole numbers: no result hangs on a
/// rounding.
void resize_labels(std::span<const std::uint8_t> source, const PlaneSize& from,
                   std::span<std::uint8_t> output, const PlaneSize& to, std::uint8_t unset);

}  // namespace medcl
