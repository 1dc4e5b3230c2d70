// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/distance_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Lower envelope of the parabolas height[q] + (spacing * (x - q))^2, evaluated at each x.
class LineTransform {
 public:
  explicit LineTransform(std::int64_t longest)
      : height_(static_cast<std::size_t>(longest)),
        vertex_(static_cast<std::size_t>(longest)),
        from_(static_cast<std::size_t>(longest)) {}

  /// Transforms `count` values, `stride` apart, in place.
  void run(double* values, std::int64_t count, std::int64_t stride, double spacing_mm) {
    const double square = spacing_mm * spacing_mm;
    std::int64_t parabolas = 0;
    for (std::int64_t q = 0; q < count; ++q) {
      const double height = values[q * stride];
      height_[static_cast<std::size_t>(q)] = height;
      if (height == kInfinity) {
        continue;
      }
      double start = -kInfinity;
      while (parabolas > 0) {
        const auto last = static_cast<std::size_t>(parabolas - 1);
        const std::int64_t p = vertex_[last];
        const double rise = (height - height_[static_cast<std::size_t>(p)]) / square;
        const double apart = static_cast<double>(q - p);
        start = (rise / apart + static_cast<double>(q + p)) / 2;
        if (start > from_[last]) {
          break;
        }
        start = -kInfinity;
        --parabolas;
      }
      vertex_[static_cast<std::size_t>(parabolas)] = q;
      from_[static_cast<std::size_t>(parabolas++)] = start;
    }
    if (parabolas == 0) {
      return;
    }
    std::int64_t current = 0;
    for (std::int64_t x = 0; x < count; ++x) {
      while (current + 1 < parabolas &&
             from_[static_cast<std::size_t>(current + 1)] < static_cast<double>(x)) {
        ++current;
      }
      const std::int64_t q = vertex_[static_cast<std::size_t>(current)];
      const double along = spacing_mm * static_cast<double>(x - q);
      values[x * stride] = height_[static_cast<std::size_t>(q)] + along * along;
    }
  }

 private:
  std::vector<double> height_;
  std::vector<std::int64_t> vertex_;
  std::vector<double> from_;  ///< where parabola n starts to be the lowest
};

}  // namespace

std::vector<double> distance_transform_mm(std::span<const std::uint8_t> mask, const Size3& size,
                                          const Point3& spacing_mm) {
  check(static_cast<std::int64_t>(mask.size()) == size[0] * size[1] * size[2],
        "distance transform: voxels do not fit the size");
  check(spacing_mm[0] > 0 && spacing_mm[1] > 0 && spacing_mm[2] > 0,
        "distance transform: spacing must be positive");
  std::vector<double> field(mask.size());
  std::transform(mask.begin(), mask.end(), field.begin(),
                 [](std::uint8_t voxel) { return voxel != 0 ? 0.0 : kInfinity; });
  LineTransform line(std::max({size[0], size[1], size[2], std::int64_t{1}}));
  const std::int64_t area = size[0] * size[1];
  for (std::int64_t k = 0; k < size[2]; ++k) {
    for (std::int64_t j = 0; j < size[1]; ++j) {
      line.run(field.data() + k * area + j * size[0], size[0], 1, spacing_mm[0]);
    }
    for (std::int64_t i = 0; i < size[0]; ++i) {
      line.run(field.data() + k * area + i, size[1], size[0], spacing_mm[1]);
    }
  }
  for (std::int64_t column = 0; column < area; ++column) {
    line.run(field.data() + column, size[2], area, spacing_mm[2]);
  }
  std::transform(field.begin(), field.end(), field.begin(), [](double v) { return std::sqrt(v); });
  return field;
}

}  // namespace medcl
