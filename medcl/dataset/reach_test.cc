// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/reach.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

double distance_mm(std::int64_t a, std::int64_t b, const PlaneSize& plane,
                   const std::array<double, 2>& pixel_mm) {
  const auto columns = static_cast<double>(a % plane.width - b % plane.width);
  const auto rows = static_cast<double>(a / plane.width - b / plane.width);
  return std::hypot(columns * pixel_mm[0], rows * pixel_mm[1]);
}

TEST(Reach, FarPixelsOfAnnotatedSlicesBecomeThinBackgroundAndNothingElseChanges) {
  const PlaneSize plane{23, 17};
  const std::int64_t area = plane.count();
  const std::array<double, 2> pixel_mm{0.75, 1.5};
  RandomStream random({.seed = 4});
  for (int round = 0; round < 20; ++round) {
    // Slice 0: a stroke of each class; 1: background only; 2: no annotation; 3: as slice 0, but a
    // class may be there without a stroke.
    std::vector<std::uint8_t> before(static_cast<std::size_t>(4 * area), kNotAnnotated);
    const auto index = [](std::int64_t i) { return static_cast<std::size_t>(i); };
    before[index(area + 4)] = 0;
    for (std::uint8_t stroke = 0; stroke < 3; ++stroke)
      before[index(random.integer(area))] = stroke;
    std::copy_n(before.begin(), area, before.begin() + 3 * area);
    auto after = before;
    const double reach_mm = random.uniform(1, 12);
    assume_background_beyond(reach_mm, after, plane, pixel_mm, {true, true, true, false});
    for (std::int64_t i = 0; i < area; ++i) {
      double nearest_mm = INFINITY;
      for (std::int64_t j = 0; j < area; ++j) {
        const bool stroke = before[index(j)] != 0 && before[index(j)] != kNotAnnotated;
        if (stroke) nearest_mm = std::min(nearest_mm, distance_mm(i, j, plane, pixel_mm));
      }
      const bool on_lattice =
          i % plane.width % kReachStride == 0 && i / plane.width % kReachStride == 0;
      const bool far = on_lattice && before[index(i)] == kNotAnnotated && nearest_mm > reach_mm;
      EXPECT_EQ(after[index(i)], far ? 0 : before[index(i)]) << "pixel " << i;
      EXPECT_EQ(after[index(area + i)], on_lattice ? 0 : before[index(area + i)]);
      EXPECT_EQ(after[index(2 * area + i)], kNotAnnotated);
      EXPECT_EQ(after[index(3 * area + i)], before[index(3 * area + i)]);
    }
  }
}

}  // namespace
}  // namespace medcl
