// SPDX-License-Identifier: Apache-2.0
#pragma once

// Distances between the surfaces of two masks, by the two definitions that people report.
//
// Voxel surfaces (MedPy): the surface is every foreground voxel with a background voxel among its
// six face neighbours; outside the grid is background. Distances run between voxel centres. Surface
// elements (DeepMind): elements sit at the corners where eight voxels meet and are weighted by the
// area of the marching-cubes surface in that corner.
//
// A volume of one slice, whichever axis it lies across, is a picture: neighbours across it do not
// exist, surfaces are contours (foreground with a background pixel among its four neighbours;
// elements at the corners of four pixels, weighted by the length of the contour), and distances run
// in the plane.
//
// Source: MedPy 0.5.2 metric.binary (hd, hd95, asd, assd); Nikolov et al., Deep learning to achieve
// clinically applicable segmentation of head and neck anatomy, 2018 (surface Dice).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "medcl/image/geometry.h"

namespace medcl {

/// Dimensions in which surfaces of volumes of this size are measured: 2 when exactly one axis has
/// one voxel, else 3.
std::int64_t surface_dimensions(const Size3& size);

/// Two masks on one grid, i fastest; 0 is background.
struct MaskPair {
  std::span<const std::uint8_t> pred, ref;
  Size3 size{0, 0, 0};
  Point3 spacing_mm{1, 1, 1};
};

/// The distances of voxel surfaces: for every surface voxel of one mask that to the nearest surface
/// voxel of the other, in memory order. Both masks must have foreground.
struct VoxelSurfaceDistances {
  std::vector<double> pred_to_ref_mm, ref_to_pred_mm;

  /// Hausdorff distance: the largest of all.
  [[nodiscard]] double hd_mm() const;
  /// MedPy's HD95: percentile 95 (linear interpolation) of both directions pooled.
  [[nodiscard]] double hd95_pooled_mm() const;
  /// HD95 with the directions apart: the larger of the two directed percentiles 95.
  [[nodiscard]] double hd95_max_mm() const;
  /// Average surface distances: the mean over the surface voxels of one mask alone.
  [[nodiscard]] double asd_pred_to_ref_mm() const;
  [[nodiscard]] double asd_ref_to_pred_mm() const;
  /// Average symmetric surface distance: mean over the surface voxels of both masks pooled.
  [[nodiscard]] double assd_mm() const;
};

/// Measures voxel surfaces. @throws Error(kFailure) when a mask is empty.
VoxelSurfaceDistances voxel_surface_distances(const MaskPair& masks);

/// The surface elements of one mask, sorted by their distance to the surface of the other (infinite
/// when that mask is empty). In a picture `area_mm2` holds lengths in mm.
struct SurfaceElements {
  std::vector<double> distance_mm, area_mm2;
};

struct ElementSurfaceDistances {
  SurfaceElements pred, ref;

  /// Share of the area of both surfaces within the tolerance (<=, with 1e-9 mm for rounding). NaN
  /// when both masks are empty, 0 when one is.
  [[nodiscard]] double surface_dice(double tolerance_mm) const;
  /// Robust Hausdorff distance: per direction the first distance up to which `percent` (0 to 100)
  /// of the area lies; the larger of both. Infinite when a mask is empty.
  [[nodiscard]] double robust_hd_mm(double percent) const;
  /// Average surface distances: the area-weighted mean over the surface of one mask; NaN when that
  /// mask is empty.
  [[nodiscard]] double asd_pred_to_ref_mm() const;
  [[nodiscard]] double asd_ref_to_pred_mm() const;
};

/// Measures surface elements; either mask may be empty.
ElementSurfaceDistances element_surface_distances(const MaskPair& masks);

/// Area of the surface in a cell of eight voxel centres, for each of the 256 ways to fill it. Bit
/// i + 2 j + 4 k stands for the voxel at (i, j, k).
///
/// The surface cuts each cell edge between foreground and background in its middle. On a face whose
/// four corners alternate, the corners of the smaller kind in the cell (foreground when both kinds
/// are equal) are kept apart. Polygons of five or six corners are cut into triangles so that their
/// area at unit spacing is largest. These rules give the areas of DeepMind's table.
std::array<double, 256> surface_element_areas_mm2(const Point3& spacing_mm);

}  // namespace medcl
