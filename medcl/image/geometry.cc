// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "medcl/core/error.h"

namespace medcl {
namespace {

/// A turn of the world, in radians about its axes, too small for anyone to see: of two axes at
/// exactly 45 degrees one is nearer all the same, and the same one however the array is stored.
constexpr Point3 kTurn{1.1e-4, 1.7e-4, 2.3e-4};

double determinant(const Affine& a) {
  return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

template <typename T>
std::string triple(const std::array<T, 3>& values, const char* separator) {
  return number(static_cast<double>(values[0])) + separator +
         number(static_cast<double>(values[1])) + separator +
         number(static_cast<double>(values[2]));
}

Point3 origin_of(const Geometry& geometry) {
  const Affine& a = geometry.world_from_index;
  return {a[0][3], a[1][3], a[2][3]};
}

bool spacing_differs(const Point3& a, const Point3& b, double relative) {
  for (int axis = 0; axis < 3; ++axis) {
    if (!(std::abs(a[axis] - b[axis]) <= relative * std::max(a[axis], b[axis]))) {
      return true;
    }
  }
  return false;
}

double largest_difference(const Point3& a, const Point3& b) {
  double largest = 0;
  for (int axis = 0; axis < 3; ++axis) {
    largest = std::max(largest, std::abs(a[axis] - b[axis]));
  }
  return largest;
}

Point3 direction_of(const Geometry& geometry, int axis) {
  const double length = geometry.spacing_mm()[axis];
  const Affine& a = geometry.world_from_index;
  return {a[0][axis] / length, a[1][axis] / length, a[2][axis] / length};
}

}  // namespace

Point3 Geometry::spacing_mm() const {
  Point3 spacing{};
  for (int axis = 0; axis < 3; ++axis) {
    spacing[axis] =
        std::hypot(world_from_index[0][axis], world_from_index[1][axis], world_from_index[2][axis]);
  }
  return spacing;
}

Point3 apply(const Affine& affine, const Point3& point) {
  Point3 result{};
  for (int row = 0; row < 3; ++row) {
    result[row] = affine[row][0] * point[0] + affine[row][1] * point[1] +
                  affine[row][2] * point[2] + affine[row][3];
  }
  return result;
}

Affine inverse(const Affine& affine) {
  const double det = determinant(affine);
  const Point3 length = Geometry{.world_from_index = affine}.spacing_mm();
  const double scale = length[0] * length[1] * length[2];
  if (!(std::abs(det) > 1e-12 * scale)) {
    fail(ErrorCode::kInvalidData, {.what = "matrix from voxels to millimetres has no inverse"});
  }
  Affine result{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      const int r1 = (column + 1) % 3, r2 = (column + 2) % 3;
      const int c1 = (row + 1) % 3, c2 = (row + 2) % 3;
      result[row][column] =
          (affine[r1][c1] * affine[r2][c2] - affine[r1][c2] * affine[r2][c1]) / det;
    }
  }
  for (int row = 0; row < 3; ++row) {
    result[row][3] = -(result[row][0] * affine[0][3] + result[row][1] * affine[1][3] +
                       result[row][2] * affine[2][3]);
  }
  return result;
}

Affine compose(const Affine& outer, const Affine& inner) {
  Affine result{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 4; ++column) {
      result[row][column] = outer[row][0] * inner[0][column] + outer[row][1] * inner[1][column] +
                            outer[row][2] * inner[2][column] + (column == 3 ? outer[row][3] : 0);
    }
  }
  return result;
}

std::string difference(const Geometry& a, const Geometry& b, const GeometryTolerance& tolerance) {
  if (a.size != b.size) {
    return "size " + triple(a.size, " x ") + " against " + triple(b.size, " x ");
  }
  const Point3 spacing_a = a.spacing_mm(), spacing_b = b.spacing_mm();
  if (spacing_differs(spacing_a, spacing_b, tolerance.spacing_relative)) {
    return "spacing " + triple(spacing_a, " x ") + " against " + triple(spacing_b, " x ") + " mm";
  }
  if (!(largest_difference(origin_of(a), origin_of(b)) <= tolerance.origin_mm)) {
    return "origin (" + triple(origin_of(a), ", ") + ") against (" + triple(origin_of(b), ", ") +
           ") mm";
  }
  for (int axis = 0; axis < 3; ++axis) {
    const Point3 from = direction_of(a, axis), to = direction_of(b, axis);
    if (!(largest_difference(from, to) <= tolerance.direction)) {
      return "direction of axis " + std::to_string(axis) + " (" + triple(from, ", ") +
             ") against (" + triple(to, ", ") + ")";
    }
  }
  return "";
}

namespace {

/// From the lowest to the highest coordinate of the outer corners, along each axis of the world.
std::array<Point3, 2> box_around(const Geometry& geometry) {
  constexpr double kMost = std::numeric_limits<double>::infinity();
  std::array<Point3, 2> box{Point3{kMost, kMost, kMost}, Point3{-kMost, -kMost, -kMost}};
  for (unsigned corner = 0; corner < 8; ++corner) {
    Point3 index{};
    for (unsigned axis = 0; axis < 3; ++axis) {
      const auto size = static_cast<double>(geometry.size[axis]);
      index[axis] = ((corner >> axis) & 1U) != 0 ? size - 0.5 : -0.5;
    }
    const Point3 place = medcl::apply(geometry.world_from_index, index);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      box[0][axis] = std::min(box[0][axis], place[axis]);
      box[1][axis] = std::max(box[1][axis], place[axis]);
    }
  }
  return box;
}

}  // namespace

bool boxes_overlap(const Geometry& a, const Geometry& b) {
  const auto of_a = box_around(a), of_b = box_around(b);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (of_a[1][axis] <= of_b[0][axis] || of_b[1][axis] <= of_a[0][axis]) return false;
  }
  return true;
}

double cosine_with_world(const Geometry& geometry, std::size_t axis, std::size_t world_axis) {
  const Point3 direction = direction_of(geometry, static_cast<int>(axis));
  const std::size_t next = (world_axis + 1) % 3, after = (world_axis + 2) % 3;
  return direction[world_axis] + kTurn[after] * direction[next] - kTurn[next] * direction[after];
}

std::array<std::size_t, 3> nearest_world_axes(const Geometry& geometry) {
  std::array<std::size_t, 3> world_of{0, 1, 2};
  std::array<std::size_t, 3> best = world_of;
  double best_weight = -1;
  do {
    double weight = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      weight += std::abs(cosine_with_world(geometry, axis, world_of[axis]));
    }
    if (weight > best_weight) {
      best_weight = weight;
      best = world_of;
    }
  } while (std::next_permutation(world_of.begin(), world_of.end()));
  return best;
}

std::string axis_codes(const Geometry& geometry) {
  const std::array<std::size_t, 3> world_of = nearest_world_axes(geometry);
  std::string codes;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const bool positive = cosine_with_world(geometry, axis, world_of[axis]) >= 0;
    codes += (positive ? "RAS" : "LPI")[world_of[axis]];
  }
  return codes;
}

}  // namespace medcl
