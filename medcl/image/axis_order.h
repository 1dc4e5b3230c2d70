// SPDX-License-Identifier: Apache-2.0
#pragma once

// The order in which the axes of a volume are stored, and how to change it without touching a
// value: axes are exchanged and walked backwards, nothing is interpolated, and the inverse order
// brings back the same bits.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medcl/image/volume.h"

namespace medcl {

/// Axis n of the result runs along axis `axis[n]` of the source, backwards where `reversed[n]`.
struct AxisOrder {
  std::array<std::size_t, 3> axis{0, 1, 2};
  std::array<bool, 3> reversed{false, false, false};

  bool operator==(const AxisOrder&) const = default;
  [[nodiscard]] bool is_identity() const { return *this == AxisOrder{}; }
};

/// The order that undoes `order`.
AxisOrder inverse(const AxisOrder& order);

/// The geometry of the reordered volume: every voxel keeps its place in the world.
Geometry reordered(const Geometry& geometry, const AxisOrder& order);

/// The voxels of a volume of `size` in another order. Linear time, one more copy.
std::vector<float> reordered(std::span<const float> voxels, const Size3& size,
                             const AxisOrder& order);
std::vector<std::int32_t> reordered(std::span<const std::int32_t> voxels, const Size3& size,
                                    const AxisOrder& order);
std::vector<std::uint8_t> reordered(std::span<const std::uint8_t> voxels, const Size3& size,
                                    const AxisOrder& order);

/// Reorders a volume where it is; does nothing for the identity.
template <typename T>
void reorder(Grid<T>& grid, const AxisOrder& order) {
  if (order.is_identity()) return;
  grid.voxels = reordered(std::span<const T>(grid.voxels), grid.geometry.size, order);
  grid.geometry = reordered(grid.geometry, order);
}

/// The order under which `from` becomes the grid `to`, within the tolerance; none when the two
/// differ by more than flips and exchanges of axes.
std::optional<AxisOrder> order_onto(const Geometry& from, const Geometry& to,
                                    const GeometryTolerance& tolerance = {});

/// Moves a grid onto `to` when order_onto knows how: voxels are reordered and the geometry becomes
/// that of `to`. False, and nothing is changed, when it does not.
template <typename T>
bool bring_onto(const Geometry& to, Grid<T>& grid, const GeometryTolerance& tolerance = {}) {
  const std::optional<AxisOrder> order = order_onto(grid.geometry, to, tolerance);
  if (!order) return false;
  reorder(grid, *order);
  grid.geometry = to;
  return true;
}

/// The axis across the slices as the scan was acquired, of the array: the one of one voxel; else
/// the one whose spacing differs by more than 10 % from those of the two others, which are alike;
/// when all differ, the coarsest. None for a scan whose voxels are alike in all directions.
std::optional<std::size_t> slice_axis_of(const Geometry& geometry);

/// Whether `codes` are three letters, one each of R/L, A/P and S/I.
bool is_axis_codes(const std::string& codes);

/// The order that makes the axes point to `codes`, x, y and across the slices: each array axis goes
/// to the nearest direction of the world. A scan keeps its own slices (slice_axis_of) also when
/// they are oblique, up to 72 degrees away from the plane that `codes` names; beyond that it was
/// acquired in another plane, and its slices are cut through. The result does not depend on the
/// order in which the array is stored.
AxisOrder order_towards(const Geometry& geometry, const std::string& codes);

}  // namespace medcl
