// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/stroke_size.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

using Voxels = std::vector<std::uint8_t>;
constexpr std::uint8_t kNone = kNotAnnotated;

TEST(StrokeSize, GivesEveryPixelOfADrawnSliceToTheNearestStroke) {
  // One row of 9 pixels: background at 0, the class at 6; the pixels 4 to 8 are nearer to the
  // class.
  const Voxels strokes{0, kNone, kNone, kNone, kNone, kNone, 1, kNone, kNone};
  const Voxels predicted{0, 1, 1, 1, 1, 1, 1, 1, 1};
  const auto sizes = compare_sizes(predicted, strokes, {9, 1, 1}, {1, 1}, 2);
  ASSERT_EQ(sizes.size(), 1U);
  EXPECT_EQ(sizes[0].grown, 5);
  EXPECT_EQ(sizes[0].predicted, 8);
  EXPECT_DOUBLE_EQ(sizes[0].ratio(), 8.0 / 5);
}

TEST(StrokeSize, LeavesSlicesWithoutStrokesOut) {
  const Voxels strokes{kNone, kNone, 1, 0}, predicted{1, 1, 1, 1};
  const auto sizes = compare_sizes(predicted, strokes, {2, 1, 2}, {1, 1}, 2);
  EXPECT_EQ(sizes[0].predicted, 2);
  EXPECT_EQ(sizes[0].grown, 1);
}

TEST(StrokeSize, MeasuresInMillimetres) {
  // The class lies one pixel of 5 mm to the left, the background two pixels of 1 mm below.
  Voxels strokes(6, kNone);
  strokes[0] = 1;  // (0, 0)
  strokes[5] = 0;  // (1, 2)
  const auto sizes = compare_sizes(Voxels(6, 0), strokes, {2, 3, 1}, {5, 1}, 2);
  EXPECT_EQ(sizes[0].grown, 3) << "the first column";
}

TEST(StrokeSize, IsUnknownWhereNothingWasDrawn) {
  EXPECT_TRUE(std::isnan(ClassSize{}.ratio()));
  EXPECT_DOUBLE_EQ((ClassSize{.predicted = 0, .grown = 4}.ratio()), 0);
}

}  // namespace
}  // namespace medcl
