// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/stroke_planes.h"

#include <algorithm>
#include <vector>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr double kFewPlanes = 0.5;
constexpr std::int64_t kEnoughPlanes = 8;  // fewer may be filled by chance

}  // namespace

std::array<std::vector<bool>, 3> planes_with_strokes(std::span<const std::uint8_t> class_indices,
                                                     const Size3& size) {
  std::array<std::vector<bool>, 3> drawn;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    drawn[axis].resize(static_cast<std::size_t>(size[axis]));
  }
  std::size_t voxel = 0;
  for (std::size_t k = 0; k < drawn[2].size(); ++k) {
    for (std::size_t j = 0; j < drawn[1].size(); ++j) {
      for (std::size_t i = 0; i < drawn[0].size(); ++i, ++voxel) {
        if (class_indices[voxel] == kNotAnnotated) continue;
        drawn[0][i] = drawn[1][j] = drawn[2][k] = true;
      }
    }
  }
  return drawn;
}

std::array<std::int64_t, 3> inner_voxels(std::span<const std::uint8_t> class_indices,
                                         const Size3& size) {
  const std::array<std::int64_t, 3> stride{1, size[0], size[0] * size[1]};
  std::array<std::int64_t, 3> inner{};
  const auto annotated = [&](std::int64_t voxel) {
    return class_indices[static_cast<std::size_t>(voxel)] != kNotAnnotated;
  };
  std::int64_t voxel = 0;
  Size3 at{};
  for (at[2] = 0; at[2] < size[2]; ++at[2]) {
    for (at[1] = 0; at[1] < size[1]; ++at[1]) {
      for (at[0] = 0; at[0] < size[0]; ++at[0], ++voxel) {
        if (!annotated(voxel)) continue;
        std::array<bool, 3> between{};  // two annotated ones along the axis
        for (std::size_t axis = 0; axis < 3; ++axis) {
          between[axis] = at[axis] > 0 && at[axis] + 1 < size[axis] &&
                          annotated(voxel - stride[axis]) && annotated(voxel + stride[axis]);
        }
        for (std::size_t axis = 0; axis < 3; ++axis) {
          inner[axis] += between[(axis + 1) % 3] && between[(axis + 2) % 3] ? 1 : 0;
        }
      }
    }
  }
  return inner;
}

bool has_whole_planes_only(std::span<const std::uint8_t> class_indices, const Size3& size) {
  const std::int64_t voxels = std::ssize(class_indices);
  const auto annotated = voxels - std::ranges::count(class_indices, kNotAnnotated);
  if (annotated == voxels) return true;
  const auto drawn = planes_with_strokes(class_indices, size);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (std::ranges::count(drawn[axis], true) * (voxels / size[axis]) == annotated) return true;
  }
  return false;
}

void DrawnPlanes::add(std::span<const std::uint8_t> class_indices, const Size3& size) {
  const auto open = std::ranges::count(class_indices, kNotAnnotated);
  if (open == 0) return;
  voxels_ += std::ssize(class_indices) - open;
  if (!has_whole_planes_only(class_indices, size)) {
    const auto inner = inner_voxels(class_indices, size);
    for (std::size_t axis = 0; axis < 3; ++axis) inner_[axis] += inner[axis];
  }
  const auto drawn = planes_with_strokes(class_indices, size);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto first = std::ranges::find(drawn[axis], true);
    if (first == drawn[axis].end()) return;
    const auto last = std::find(drawn[axis].rbegin(), drawn[axis].rend(), true).base();
    drawn_[axis] += std::count(first, last, true);
    spanned_[axis] += last - first;
  }
}

std::optional<std::size_t> DrawnPlanes::other_axis() const {
  if (spanned_[2] < kEnoughPlanes) return std::nullopt;
  const auto share = [this](std::size_t axis) {
    return static_cast<double>(drawn_[axis]) / static_cast<double>(spanned_[axis]);
  };
  const std::size_t axis = share(0) < share(1) ? 0 : 1;
  if (share(axis) > kFewPlanes * share(2) || !are_thin(inner_[axis], voxels_)) return std::nullopt;
  return axis;
}

}  // namespace medcl
