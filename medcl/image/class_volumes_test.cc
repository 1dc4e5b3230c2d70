// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/class_volumes.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

Geometry geometry_of(const Size3& size, double x_mm, double y_mm, double z_mm) {
  Geometry geometry;
  geometry.size = size;
  geometry.world_from_index = {{{x_mm, 0, 0, 0}, {0, y_mm, 0, 0}, {0, 0, z_mm, 0}}};
  return geometry;
}

TEST(ClassVolumes, AreVoxelsTimesTheVolumeOfOne) {
  const std::vector<std::uint8_t> classes{0, 1, 1, 2, 255, 0};
  const auto volumes_ml = class_volumes_ml(classes, geometry_of({6, 1, 1}, 2, 5, 10), 4);
  EXPECT_EQ(volumes_ml, (std::vector<double>{0.2, 0.2, 0.1, 0}));
}

TEST(ClassVolumes, PiecesOfAClassTouchAtCorners) {
  const std::vector<std::uint8_t> classes{1, 0, 0, 0,  //
                                          0, 1, 2, 1};
  const Pieces one = pieces_of_class(classes, {4, 2, 1}, 1);
  EXPECT_EQ(one.count, 2);
  EXPECT_DOUBLE_EQ(one.largest_share, 2.0 / 3);
  const Pieces none = pieces_of_class(classes, {4, 2, 1}, 3);
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(none.largest_share, 0);
}

}  // namespace
}  // namespace medcl
