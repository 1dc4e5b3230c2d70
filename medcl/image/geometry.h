// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where voxels lie in the patient. World is RAS+ millimetres (NIfTI's convention) everywhere; the
// ITK bridge converts from and to LPS.

#include <array>
#include <cstdint>
#include <string>

namespace medcl {

using Size3 = std::array<std::int64_t, 3>;  ///< i (fastest in memory), j, k (slices)
using Point3 = std::array<double, 3>;
/// Row-major affine: first three rows of a 4x4 matrix, world = A [i j k 1]^T.
using Affine = std::array<std::array<double, 4>, 3>;

struct Geometry {
  Size3 size{0, 0, 0};
  Affine world_from_index{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};

  [[nodiscard]] std::int64_t voxel_count() const { return size[0] * size[1] * size[2]; }
  /// The size of a voxel: the lengths of the columns of world_from_index.
  [[nodiscard]] Point3 spacing_mm() const;
};

/// A point moved by `affine`. Call it as medcl::apply: with std::array arguments the plain name
/// also finds std::apply.
Point3 apply(const Affine& affine, const Point3& point);
/// The map back. @throws Error(kInvalidData) when singular.
Affine inverse(const Affine& affine);
/// The map that applies `inner` and then `outer`.
Affine compose(const Affine& outer, const Affine& inner);

/// What still counts as the same grid; directions are unit vectors.
struct GeometryTolerance {
  double spacing_relative = 1e-3;
  double origin_mm = 1e-2;
  double direction = 1e-3;
};

/// How two grids differ: empty when they are equal within tolerance, else one phrase with the first
/// difference ("spacing 0.73 x 0.73 x 5 mm against 1 x 1 x 1 mm").
std::string difference(const Geometry& a, const Geometry& b,
                       const GeometryTolerance& tolerance = {});

/// Whether the boxes around both grids, along the axes of the world, have a common part.
bool boxes_overlap(const Geometry& a, const Geometry& b);

/// Cosine of the angle between an axis of the array and one of the world (0 right, 1 anterior, 2
/// superior). The world is turned by 0.02 degrees first, so that no two axes are equally near.
double cosine_with_world(const Geometry& geometry, std::size_t axis, std::size_t world_axis);

/// The axes of the world that the axes of the array run along, in the order of the latter: the
/// assignment with the largest sum of cosines, by cosine_with_world. The order in which an array is
/// stored has no part in it.
std::array<std::size_t, 3> nearest_world_axes(const Geometry& geometry);

/// The directions of the world to which the axes of the array point: "RAS", "LSP" ...
std::string axis_codes(const Geometry& geometry);

}  // namespace medcl
