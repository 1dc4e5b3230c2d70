// SPDX-License-Identifier: Apache-2.0
#pragma once

// In which plane somebody drew: whoever draws in every eighth sagittal slice leaves lines in all
// axial ones, which look like many tiny strokes to a network that sees axial slices.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl {

/// Across every axis of the arrays, the planes that hold an annotated voxel.
std::array<std::vector<bool>, 3> planes_with_strokes(std::span<const std::uint8_t> class_indices,
                                                     const Size3& size);

/// Of the annotated voxels, across every axis those that have annotated ones on all four sides in
/// their plane. A stroke as thin as a pen has few; straight strokes at one place of many slices
/// make an area across another axis, in which nobody drew.
std::array<std::int64_t, 3> inner_voxels(std::span<const std::uint8_t> class_indices,
                                         const Size3& size);

/// Whether every annotated plane across one of the axes has a class in all its voxels: masks of
/// single slices, not strokes. True without a voxel that is left open. Linear in the voxels.
bool has_whole_planes_only(std::span<const std::uint8_t> class_indices, const Size3& size);

/// Of `inner` among `annotated` voxels: whether they are strokes of a pen.
constexpr bool are_thin(std::int64_t inner, std::int64_t annotated) {
  return 2 * inner <= annotated;
}

class DrawnPlanes {
 public:
  /// Class indices and kNotAnnotated of one case. Dense labels say nothing.
  void add(std::span<const std::uint8_t> class_indices, const Size3& size);
  /// The axis of the arrays across which planes were drawn in where that is not 2: of the planes
  /// between the first and the last with a stroke, at most half as many hold one as of those across
  /// axis 2, and what they hold are strokes or whole planes, see inner_voxels.
  [[nodiscard]] std::optional<std::size_t> other_axis() const;

 private:
  std::array<std::int64_t, 3> drawn_{}, spanned_{}, inner_{};
  std::int64_t voxels_ = 0;
};

}  // namespace medcl
