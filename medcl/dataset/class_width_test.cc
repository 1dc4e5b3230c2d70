// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/class_width.h"

#include <gtest/gtest.h>

#include <vector>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr Size3 kSize{40, 60, 1};

/// Rows 20 up to, not with, 20 + `rows` are of class 1, the others of background.
std::vector<std::uint8_t> strip(std::size_t rows) {
  std::vector<std::uint8_t> plane(40 * 60, 0);
  std::fill_n(plane.begin() + 40 * 20, 40 * rows, std::uint8_t{1});
  return plane;
}

TEST(ClassWidth, OfADenseStripIsHalfItsWidth) {
  for (const std::size_t rows : {4, 10, 20}) {
    const auto half = half_width_mm(strip(rows), kSize, {0.5, 0.5, 8}, 1, /*dense=*/true);
    ASSERT_TRUE(half.has_value());
    // Distances are to the centre of the next pixel: half a pixel more than to the border.
    EXPECT_NEAR(*half, 0.5 * static_cast<double>(rows) / 2, 0.5 + 1e-9) << rows;
  }
}

TEST(ClassWidth, OfStrokesIsHowFarTheOthersKeep) {
  std::vector<std::uint8_t> plane(40 * 60, kNotAnnotated);
  for (std::size_t x = 0; x < 40; ++x) {
    plane[40 * 30 + x] = 1;
    plane[40 * 22 + x] = 0;
    plane[40 * 41 + x] = 2;
  }
  EXPECT_DOUBLE_EQ(*half_width_mm(plane, kSize, {1, 2, 8}, 1, false), 16);
  EXPECT_DOUBLE_EQ(*half_width_mm(plane, kSize, {1, 2, 8}, 2, false), 22);
}

TEST(ClassWidth, IsUnknownWithoutTheClassOrWithoutOthers) {
  EXPECT_FALSE(half_width_mm(strip(4), kSize, {1, 1, 1}, 2, false).has_value());
  EXPECT_FALSE(
      half_width_mm(std::vector<std::uint8_t>(40 * 60, 1), kSize, {1, 1, 1}, 1, true).has_value());
}

}  // namespace
}  // namespace medcl
