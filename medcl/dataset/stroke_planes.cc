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

void DrawnPlanes::add(std::span<const std::uint8_t> class_indices, const Size3& size) {
  if (std::ranges::find(class_indices, kNotAnnotated) == class_indices.end()) return;
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
  if (share(axis) > kFewPlanes * share(2)) return std::nullopt;
  return axis;
}

}  // namespace medcl
