// SPDX-License-Identifier: Apache-2.0
#pragma once

// What 0 means in a label file: background that somebody drew, or what nobody drew.

#include <cstdint>
#include <optional>
#include <string>

#include "medcl/dataset/label_habit.h"
#include "medcl/image/volume.h"

namespace medcl {

enum class Zero {
  kBackground,   ///< the file is a mask
  kNotDrawn,     ///< strokes, and 0 wherever nobody drew
  kDrawnSlices,  ///< background in the slices in which something is drawn, nobody drew elsewhere
};

struct ZeroMeaning {
  Zero zero = Zero::kBackground;
  std::size_t axis = 2;   ///< the axis across the slices
  bool is_empty = false;  ///< nothing but 0
  double pen_pixels = 0;  ///< of HabitEvidence
  std::string why;        ///< in words, for the table
};

/// What the file itself suggests. `background_drawn`: another value than 0 means background, so
/// that 0 cannot. Slices count as drawn one by one when at most half of those between the first and
/// the last hold anything, never three side by side. Linear in the voxels.
ZeroMeaning meaning_of_zero(const Labels& labels, const Image& image, bool background_drawn);

/// The slices along `axis` that hold anything but 0, in order.
std::vector<std::int64_t> drawn_slices(const Labels& labels, std::size_t axis);

/// "background", "ignore", "slices" as a user says it; none for another text.
std::optional<Zero> zero_of(const std::string& text);

/// Replaces 0 by `ignore` where it means that nobody drew.
void open_what_nobody_drew(Labels& labels, const ZeroMeaning& meaning, std::int32_t ignore);

}  // namespace medcl
