// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many objects somebody marked in a slice: five cells have a stroke each, and one ring may be
// drawn in five dashes.
//
// Own construction. Two strokes of a class belong to one object where one could walk from one to
// the other inside of it: on the straight line between their nearest points lies no stroke of
// another class, and what the image shows there looks like what the strokes mark. Where strokes of
// other classes look alike, so that the image says nothing, they belong together when the gap is no
// longer than the longer of the two strokes.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/dataset/marked_box.h"
#include "medcl/image/extent.h"

namespace medcl {

/// The objects that strokes of the class `index` mark in a slice of class indices and
/// kNotAnnotated, row-major, each as the box around its strokes. `channels_hw`: the image, on the
/// same grid; without any, only gaps count. At most kPiecesCompared strokes, evenly chosen, are
/// looked at.
std::vector<MarkedBox> marked_objects(std::span<const std::uint8_t> indices, const PlaneSize& size,
                                      std::uint8_t index,
                                      const std::vector<std::span<const float>>& channels_hw);

inline constexpr std::size_t kPiecesCompared = 40;

}  // namespace medcl
