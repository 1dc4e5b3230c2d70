// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/stroke_planes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr Size3 kSize{24, 20, 16};
constexpr std::int64_t kVoxels = 24 * 20 * 16;

/// A diagonal line from 3 to 12, drawn in every third plane across `axis` only.
std::vector<std::uint8_t> drawn_across(std::size_t axis, std::int64_t step) {
  std::vector<std::uint8_t> indices(kVoxels, kNotAnnotated);
  for (std::int64_t v = 0; v < kVoxels; ++v) {
    const Size3 at{v % kSize[0], v / kSize[0] % kSize[1], v / (kSize[0] * kSize[1])};
    bool inside = true;
    for (const std::int64_t place : at) inside = inside && place >= 3 && place <= 12;
    inside = inside && std::abs(at[(axis + 1) % 3] - at[(axis + 2) % 3]) <= 1;
    if (inside && at[axis] % step == 0) indices[static_cast<std::size_t>(v)] = 1;
  }
  return indices;
}

TEST(StrokePlanes, AreFoundAcrossTheAxisThatLeavesPlanesEmpty) {
  for (const std::size_t axis : {0U, 1U, 2U}) {
    DrawnPlanes planes;
    planes.add(drawn_across(axis, 3), kSize);
    if (axis == 2) {
      EXPECT_FALSE(planes.other_axis()) << "slices are drawn as the network sees them";
    } else {
      EXPECT_EQ(planes.other_axis(), axis);
    }
  }
}

TEST(StrokePlanes, SayNothingWhereEveryPlaneIsDrawnOrLabelsAreDense) {
  DrawnPlanes planes;
  EXPECT_FALSE(planes.other_axis());
  planes.add(drawn_across(0, 1), kSize);
  EXPECT_FALSE(planes.other_axis());
  std::vector<std::uint8_t> dense = drawn_across(0, 3);
  std::ranges::replace(dense, kNotAnnotated, std::uint8_t{0});
  DrawnPlanes of_masks;
  of_masks.add(dense, kSize);
  EXPECT_FALSE(of_masks.other_axis());
}

TEST(StrokePlanes, AreNotThoseThatStraightStrokesOfManySlicesMake) {
  std::vector<std::uint8_t> indices(kVoxels, kNotAnnotated);
  for (std::int64_t k = 2; k < 14; ++k) {
    for (std::int64_t j = 3; j < 17; ++j) {
      for (const std::int64_t i : {5, 11, 18}) {
        indices[static_cast<std::size_t>((k * kSize[1] + j) * kSize[0] + i)] = 1;
      }
    }
  }
  DrawnPlanes planes;
  planes.add(indices, kSize);
  EXPECT_FALSE(planes.other_axis()) << "lines in axial slices, areas in sagittal ones";
  EXPECT_EQ(inner_voxels(indices, kSize), (std::array<std::int64_t, 3>{3 * 10 * 12, 0, 0}));
}

TEST(StrokePlanes, AreWholeWhereNoVoxelOfADrawnOneIsOpen) {
  for (const std::size_t axis : {0U, 1U, 2U}) {
    std::vector<std::uint8_t> indices = drawn_across(axis, 3);
    EXPECT_FALSE(has_whole_planes_only(indices, kSize));
    for (std::int64_t v = 0; v < kVoxels; ++v) {
      const Size3 at{v % kSize[0], v / kSize[0] % kSize[1], v / (kSize[0] * kSize[1])};
      std::uint8_t& one = indices[static_cast<std::size_t>(v)];
      if (at[axis] == 3 || at[axis] == 9) one = one == kNotAnnotated ? 0 : one;
      if (at[axis] != 3 && at[axis] != 9) one = kNotAnnotated;
    }
    EXPECT_TRUE(has_whole_planes_only(indices, kSize));
    *std::ranges::find(indices, 0) = kNotAnnotated;
    EXPECT_FALSE(has_whole_planes_only(indices, kSize));
  }
  EXPECT_TRUE(has_whole_planes_only(std::vector<std::uint8_t>(kVoxels, 0), kSize));
}

}  // namespace
}  // namespace medcl
