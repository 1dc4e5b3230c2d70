// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/phantom.h"

#include <cmath>
#include <numbers>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/dataset/phantom_anatomy.h"
#include "medcl/dataset/phantom_scene.h"

namespace medcl {
namespace {

enum Stream : std::uint32_t { kAcquisition = 16, kFirstSlice = 1024 };  // below: phantom_anatomy

RandomStream stream(const PhantomOptions& options, std::uint32_t index, std::uint32_t part) {
  return RandomStream({static_cast<std::uint64_t>(options.seed), index, part, Purpose::kPhantom});
}

using Matrix3 = std::array<std::array<double, 3>, 3>;

/// Rotation about world axis `axis` (0 R, 1 A, 2 S).
Matrix3 rotation(std::size_t axis, double angle) {
  const std::size_t u = (axis + 1) % 3;
  const std::size_t v = (axis + 2) % 3;
  Matrix3 matrix{};
  matrix[axis][axis] = 1;
  matrix[u][u] = matrix[v][v] = std::cos(angle);
  matrix[v][u] = std::sin(angle);
  matrix[u][v] = -std::sin(angle);
  return matrix;
}

Matrix3 product(const Matrix3& a, const Matrix3& b) {
  Matrix3 result{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      for (std::size_t n = 0; n < 3; ++n) {
        result[row][column] += a[row][n] * b[n][column];
      }
    }
  }
  return result;
}

/// A short-axis stack lies obliquely in the chest.
Matrix3 draw_orientation(RandomStream& random) {
  const auto angle = [&](double degrees) {
    return (degrees + random.uniform(-8, 8)) * std::numbers::pi / 180;
  };
  const Matrix3 turn = rotation(2, angle(-32));
  const Matrix3 tilt = rotation(0, angle(24));
  return product(product(turn, tilt), rotation(1, angle(18)));
}

Geometry draw_geometry(const PhantomOptions& options, RandomStream& random) {
  Geometry geometry;
  geometry.size = {options.size, options.size, options.slices};
  const double in_plane = options.spacing_mm * random.uniform(0.94, 1.06);
  const Point3 spacing{in_plane, in_plane, options.slice_distance_mm * random.uniform(0.9, 1.1)};
  const Matrix3 axes = draw_orientation(random);
  for (std::size_t row = 0; row < 3; ++row) {
    double& origin = geometry.world_from_index[row][3];
    origin = random.uniform(-25, 25);
    for (std::size_t n = 0; n < 3; ++n) {
      geometry.world_from_index[row][n] = axes[row][n] * spacing[n];
      origin -= 0.5 * static_cast<double>(geometry.size[n] - 1) * axes[row][n] * spacing[n];
    }
  }
  return geometry;
}

void check_options(const PhantomOptions& options) {
  PhantomOptions copy = options;
  OptionTable table;
  copy.describe(table.scope("phantom"));
  for (const Option& option : table.options()) {
    double value = 0;
    if (const auto* integer = std::get_if<std::int64_t*>(&option.field)) {
      value = static_cast<double>(**integer);
    } else if (const auto* real = std::get_if<double*>(&option.field)) {
      value = **real;
    }
    if (!(value >= option.minimum && value <= option.maximum)) {
      fail(ErrorCode::kUsage,
           {.what = "value out of range",
            .where = option.name,
            .expected = std::to_string(option.minimum) + " .. " + std::to_string(option.maximum),
            .found = option.value_text(),
            .remedy = ""});
    }
  }
}

}  // namespace

void PhantomOptions::describe(OptionTable table) {
  table.add("size", size, "pixels per side", 16, 1024);
  table.add("slices", slices, "slices per case", 1, 64);
  table.add("spacing_mm", spacing_mm, "in-plane pixel spacing before jitter", 0.25, 16);
  table.add("slice_distance_mm", slice_distance_mm, "slice distance before jitter", 0.25, 50);
  table.add("noise", noise, "sigma of the Rician noise over the brightness of the pool", 0, 1);
  table.add("bias", bias, "strength of the bias field", 0, 2);
  table.add("scar_probability", scar_probability, "share of cases with a scar", 0, 1);
  table.add("clutter", clutter, "bright structures around the heart", 0, 64);
  table.add("seed", seed, "number that decides all cases", 0, 9007199254740992.0);
}

PhantomCase make_phantom(const PhantomOptions& options, std::uint32_t index) {
  check_options(options);
  RandomStream acquisition = stream(options, index, kAcquisition);
  PhantomCase result;
  const Geometry geometry = draw_geometry(options, acquisition);
  const double receiver = acquisition.uniform(250, 900);
  const double spacing_mm = geometry.spacing_mm()[0];
  const phantom::Anatomy anatomy =
      phantom::draw_anatomy({.field_mm = spacing_mm * static_cast<double>(options.size),
                             .scar_probability = options.scar_probability,
                             .clutter = options.clutter,
                             .seed = static_cast<std::uint64_t>(options.seed),
                             .index = index});
  result.image.geometry = result.dense.geometry = geometry;
  result.image.voxels.resize(static_cast<std::size_t>(geometry.voxel_count()));
  result.dense.voxels.resize(result.image.voxels.size());
  for (std::int64_t k = 0; k < options.slices; ++k) {
    const double last = static_cast<double>(options.slices - 1);
    const double level = options.slices > 1 ? static_cast<double>(k) / last : 0.6;
    phantom::paint_slice(anatomy,
                         {.size = options.size,
                          .spacing_mm = spacing_mm,
                          .level = level,
                          .bias = options.bias,
                          .noise = options.noise},
                         stream(options, index, kFirstSlice + static_cast<std::uint32_t>(k)),
                         result.image.slice(k), result.dense.slice(k));
  }
  for (float& voxel : result.image.voxels) {
    voxel = std::round(voxel * static_cast<float>(receiver));
  }
  return result;
}

}  // namespace medcl
