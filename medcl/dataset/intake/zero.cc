// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/zero.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

constexpr std::int64_t kFewestSlices = 4;  // between the first and the last, to speak of gaps
constexpr std::size_t kThickest = 2;       // slices side by side that are still single ones

/// Values as indices from 1 in the order in which they come, for habit_of.
std::vector<std::uint8_t> indices_of(const Labels& labels) {
  std::unordered_map<std::int32_t, std::uint8_t> known{{0, 0}};
  std::vector<std::uint8_t> indices(labels.voxels.size());
  for (std::size_t v = 0; v < indices.size(); ++v) {
    const auto next = static_cast<std::uint8_t>(std::min<std::size_t>(known.size(), 254));
    indices[v] = known.try_emplace(labels.voxels[v], next).first->second;
  }
  return indices;
}

/// Calls `visit(voxel, slice)` for every voxel with its slice along `axis`.
template <typename Visit>
void for_each_voxel(const Size3& size, std::size_t axis, const Visit& visit) {
  std::size_t voxel = 0;
  Size3 at{};
  for (at[2] = 0; at[2] < size[2]; ++at[2]) {
    for (at[1] = 0; at[1] < size[1]; ++at[1]) {
      for (at[0] = 0; at[0] < size[0]; ++at[0]) visit(voxel++, at[axis]);
    }
  }
}

/// Whether slices were drawn in one by one. What is drawn of a structure as a whole has no gaps,
/// and two structures with a gap between them are thicker.
bool has_gaps(const std::vector<std::int64_t>& drawn) {
  if (drawn.empty()) return false;
  const std::int64_t range = drawn.back() - drawn.front() + 1;
  for (std::size_t n = kThickest; n < drawn.size(); ++n) {
    if (drawn[n] - drawn[n - kThickest] == static_cast<std::int64_t>(kThickest)) return false;
  }
  return range >= kFewestSlices && 2 * static_cast<std::int64_t>(drawn.size()) <= range;
}

std::string slices_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " slice" : " slices");
}

}  // namespace

std::vector<std::int64_t> drawn_slices(const Labels& labels, std::size_t axis) {
  std::vector<bool> drawn(static_cast<std::size_t>(labels.geometry.size[axis]), false);
  for_each_voxel(labels.geometry.size, axis, [&](std::size_t voxel, std::int64_t slice) {
    if (labels.voxels[voxel] != 0) drawn[static_cast<std::size_t>(slice)] = true;
  });
  std::vector<std::int64_t> slices;
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    if (drawn[k]) slices.push_back(static_cast<std::int64_t>(k));
  }
  return slices;
}

ZeroMeaning meaning_of_zero(const Labels& labels, const Image& image, bool background_drawn) {
  ZeroMeaning meaning{.axis = slice_axis_of(image.geometry).value_or(2)};
  meaning.is_empty = std::all_of(labels.voxels.begin(), labels.voxels.end(),
                                 [](std::int32_t value) { return value == 0; });
  if (meaning.is_empty) {
    meaning.why = "nothing is drawn";
    return meaning;
  }
  const bool has_zero =
      std::find(labels.voxels.begin(), labels.voxels.end(), 0) != labels.voxels.end();
  const HabitEvidence habit = habit_of(indices_of(labels), image, false);
  meaning.pen_pixels = habit.pen_pixels;
  if (!has_zero) {
    meaning.why = "no voxel is 0";
  } else if (background_drawn) {
    meaning.zero = Zero::kNotDrawn;
    meaning.why = "0 = not annotated: background has a value of its own";
  } else if (habit.habit == LabelHabit::kZeroIsUndrawn) {
    meaning.zero = Zero::kNotDrawn;
    meaning.why = "0 = not annotated: nothing drawn there (" + describe(habit) + ")";
  } else {
    meaning.why = "0 = background: the drawing is a mask";
    const std::vector<std::int64_t> drawn = drawn_slices(labels, meaning.axis);
    if (has_gaps(drawn)) {
      meaning.zero = Zero::kDrawnSlices;
      meaning.why = "0 = background in the " + slices_text(drawn.size()) +
                    " drawn in, not annotated in the others";
    }
  }
  return meaning;
}

std::optional<Zero> zero_of(const std::string& text) {
  if (text == "background") return Zero::kBackground;
  if (text == "ignore") return Zero::kNotDrawn;
  if (text == "slices") return Zero::kDrawnSlices;
  return std::nullopt;
}

void open_what_nobody_drew(Labels& labels, const ZeroMeaning& meaning, std::int32_t ignore) {
  if (meaning.zero == Zero::kBackground) return;
  std::vector<bool> is_open(static_cast<std::size_t>(labels.geometry.size[meaning.axis]), true);
  if (meaning.zero == Zero::kDrawnSlices) {
    for (const std::int64_t slice : drawn_slices(labels, meaning.axis)) {
      is_open[static_cast<std::size_t>(slice)] = false;
    }
  }
  for_each_voxel(labels.geometry.size, meaning.axis, [&](std::size_t voxel, std::int64_t slice) {
    std::int32_t& value = labels.voxels[voxel];
    if (value == 0 && is_open[static_cast<std::size_t>(slice)]) value = ignore;
  });
}

}  // namespace medcl
