// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribble_geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/dataset/scribble_planes.h"

namespace medcl {
namespace {

TEST(ScribbleGeometry, DistanceEqualsBruteForce) {
  for (std::uint32_t n = 0; n < 60; ++n) {
    RandomStream random = random_stream(2000 + n);
    const PlaneSize size{1 + random.integer(17), 1 + random.integer(17)};
    Plane mask(static_cast<std::size_t>(size.count()));
    for (std::uint8_t& pixel : mask) {
      pixel = random.chance(0.08) ? 1 : 0;
    }
    const std::vector<float> distance = distance_to_mask(mask, size);
    for (std::int64_t p = 0; p < size.count(); ++p) {
      double best = std::numeric_limits<double>::infinity();
      for (std::int64_t q = 0; q < size.count(); ++q) {
        if (mask[static_cast<std::size_t>(q)] != 0) {
          best = std::min(best, std::hypot(static_cast<double>(p % size.width - q % size.width),
                                           static_cast<double>(p / size.width - q / size.width)));
        }
      }
      ASSERT_FLOAT_EQ(distance[static_cast<std::size_t>(p)], static_cast<float>(best));
    }
  }
}

TEST(ScribbleGeometry, ThinningKeepsARingClosedAndOnePixelWide) {
  const PlaneSize size{128, 128};
  Plane ring = heart(size);
  for (std::uint8_t& pixel : ring) {
    pixel = pixel == 2 ? 1 : 0;
  }
  const Plane line = thin(ring, size);
  const auto first = std::find(line.begin(), line.end(), 1) - line.begin();
  const std::int64_t length = count(line, 1);
  EXPECT_EQ(walk_curve(line, size, first, size.count()).size(), static_cast<std::size_t>(length));
  EXPECT_GT(length, 70);  // 2 pi 14 = 88 steps, diagonal ones longer
  EXPECT_LT(length, 95);
  for (std::size_t pixel = 0; pixel < line.size(); ++pixel) {
    ASSERT_LE(line[pixel], ring[pixel]);
  }
}

TEST(ScribbleGeometry, WalkStopsAtItsLimitAndStaysConnected) {
  const PlaneSize size{10, 1};
  const Plane line(10, 1);
  EXPECT_EQ(walk_curve(line, size, 4, 3), (std::vector<std::int64_t>{4, 5, 3}));
  EXPECT_EQ(walk_curve(line, size, 0, 99).size(), 10U);
  EXPECT_TRUE(walk_curve(line, size, 0, 0).empty());
}

}  // namespace
}  // namespace medcl
