// SPDX-License-Identifier: Apache-2.0
#pragma once

// Maps between the pixels of two grids. Pixel (x, y) and voxel (z, y, x) have their centres at
// integer coordinates.

#include <array>

#include "medcl/image/extent.h"
#include "medcl/image/geometry.h"

namespace medcl {

/// source = A [x y 1]^T for an output pixel (x, y).
using Affine2 = std::array<std::array<double, 3>, 2>;
/// source [z y x] = A [z y x 1]^T for an output voxel (z, y, x); composed and inverted as any
/// Affine.
using Affine3 = Affine;

Affine2 compose(const Affine2& outer, const Affine2& inner);
Affine2 inverse(const Affine2& affine);
/// `plane` in every slice, and source z = scale * z + offset.
Affine3 slice_by_slice(const Affine2& plane, double scale = 1, double offset = 0);
/// A counter-clockwise turn (row 0 at the top, as numpy.rot90) by `radians` about the centre of
/// `size`.
Affine2 rotation_about_centre(const PlaneSize& size, double radians);
/// The map for an output grid `to` that covers the same extent as the source `from` (pixel edges,
/// not centres, coincide).
Affine2 scaling(const PlaneSize& from, const PlaneSize& to);

}  // namespace medcl
