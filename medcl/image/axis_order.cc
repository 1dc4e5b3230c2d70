// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/axis_order.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr double kAlike = 1.1;       // spacings that differ by less are the same
constexpr double kOwnSlices = 0.31;  // cosine of 72 degrees

bool alike(double a, double b) { return std::max(a, b) <= kAlike * std::min(a, b); }

/// 0, 1 or 2 for a letter of R/L, A/P or S/I; else 3.
std::size_t world_axis_of(char letter) {
  const auto at = std::string("RASLPI").find(letter);
  return at == std::string::npos ? 3 : at % 3;
}

bool points_backwards(char letter) { return std::string("LPI").find(letter) != std::string::npos; }

template <typename T>
std::vector<T> walk(std::span<const T> voxels, const Size3& size, const AxisOrder& order) {
  check(static_cast<std::int64_t>(voxels.size()) == size[0] * size[1] * size[2],
        "voxels do not fit their size");
  const Size3 source_step{1, size[0], size[0] * size[1]};
  Size3 step{}, extent{};
  std::int64_t start = 0;
  for (std::size_t n = 0; n < 3; ++n) {
    extent[n] = size[order.axis[n]];
    step[n] = source_step[order.axis[n]];
    if (!order.reversed[n]) continue;
    start += (extent[n] - 1) * step[n];
    step[n] = -step[n];
  }
  std::vector<T> result;
  result.reserve(voxels.size());
  for (std::int64_t k = 0; k < extent[2]; ++k) {
    for (std::int64_t j = 0; j < extent[1]; ++j) {
      const std::int64_t row = start + k * step[2] + j * step[1];
      for (std::int64_t i = 0; i < extent[0]; ++i) {
        result.push_back(voxels[static_cast<std::size_t>(row + i * step[0])]);
      }
    }
  }
  return result;
}

/// The array axis that runs along each axis of `to`, with its direction; none when two do.
std::optional<AxisOrder> nearest_order(const Geometry& from, const Geometry& to) {
  const Affine to_from_from = compose(inverse(to.world_from_index), from.world_from_index);
  AxisOrder order;
  std::array<bool, 3> taken{};
  for (std::size_t n = 0; n < 3; ++n) {
    const auto& row = to_from_from[n];
    std::size_t best = 0;
    for (std::size_t axis = 1; axis < 3; ++axis) {
      if (std::abs(row[axis]) > std::abs(row[best])) best = axis;
    }
    if (taken[best]) return std::nullopt;
    taken[best] = true;
    order.axis[n] = best;
    order.reversed[n] = row[best] < 0;
  }
  return order;
}

}  // namespace

AxisOrder inverse(const AxisOrder& order) {
  AxisOrder back;
  for (std::size_t n = 0; n < 3; ++n) {
    back.axis[order.axis[n]] = n;
    back.reversed[order.axis[n]] = order.reversed[n];
  }
  return back;
}

Geometry reordered(const Geometry& geometry, const AxisOrder& order) {
  Geometry result = geometry;
  for (std::size_t n = 0; n < 3; ++n) {
    const std::size_t axis = order.axis[n];
    result.size[n] = geometry.size[axis];
    for (std::size_t row = 0; row < 3; ++row) {
      const double step_mm = geometry.world_from_index[row][axis];
      result.world_from_index[row][n] = order.reversed[n] ? -step_mm : step_mm;
      if (order.reversed[n]) {
        result.world_from_index[row][3] += static_cast<double>(geometry.size[axis] - 1) * step_mm;
      }
    }
  }
  return result;
}

std::vector<float> reordered(std::span<const float> voxels, const Size3& size,
                             const AxisOrder& order) {
  return walk(voxels, size, order);
}

std::vector<std::int32_t> reordered(std::span<const std::int32_t> voxels, const Size3& size,
                                    const AxisOrder& order) {
  return walk(voxels, size, order);
}

std::vector<std::uint8_t> reordered(std::span<const std::uint8_t> voxels, const Size3& size,
                                    const AxisOrder& order) {
  return walk(voxels, size, order);
}

std::optional<AxisOrder> order_onto(const Geometry& from, const Geometry& to,
                                    const GeometryTolerance& tolerance) {
  if (difference(from, to, tolerance).empty()) return AxisOrder{};
  const std::optional<AxisOrder> order = nearest_order(from, to);
  if (!order || !difference(reordered(from, *order), to, tolerance).empty()) return std::nullopt;
  return order;
}

std::optional<std::size_t> slice_axis_of(const Geometry& geometry) {
  std::array<std::size_t, 3> axis{0, 1, 2};
  if (std::ranges::count(geometry.size, 1) == 1) {
    return static_cast<std::size_t>(std::ranges::find(geometry.size, 1) - geometry.size.begin());
  }
  const Point3 spacing_mm = geometry.spacing_mm();
  std::ranges::sort(axis, {}, [&](std::size_t a) { return spacing_mm[a]; });
  const auto same = [&](std::size_t a, std::size_t b) {
    return alike(spacing_mm[axis[a]], spacing_mm[axis[b]]);
  };
  if (same(0, 1)) return same(1, 2) ? std::nullopt : std::optional(axis[2]);
  return same(1, 2) ? axis[0] : axis[2];
}

bool is_axis_codes(const std::string& codes) {
  std::array<int, 4> seen{};
  for (const char letter : codes) ++seen[world_axis_of(letter)];
  return codes.size() == 3 && seen == std::array{1, 1, 1, 0};
}

AxisOrder order_towards(const Geometry& geometry, const std::string& codes) {
  check(is_axis_codes(codes), "axis codes like RAS");
  const auto cosine = [&](std::size_t axis, std::size_t n) {
    return cosine_with_world(geometry, axis, world_axis_of(codes[n]));
  };
  std::optional<std::size_t> own = slice_axis_of(geometry);
  if (own && std::abs(cosine(*own, 2)) < kOwnSlices) own.reset();
  std::array<std::size_t, 3> axis{0, 1, 2};
  AxisOrder best;
  double best_weight = -1;
  do {
    if (own && axis[2] != *own) continue;
    double weight = 0;
    for (std::size_t n = 0; n < 3; ++n) weight += std::abs(cosine(axis[n], n));
    if (weight <= best_weight) continue;
    best_weight = weight;
    best.axis = axis;
  } while (std::ranges::next_permutation(axis).found);
  for (std::size_t n = 0; n < 3; ++n) {
    best.reversed[n] = (cosine(best.axis[n], n) < 0) != points_backwards(codes[n]);
  }
  return best;
}

}  // namespace medcl
