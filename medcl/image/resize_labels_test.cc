// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/resize_labels.h"

#include <gmock/gmock.h>

#include <vector>

#include "medcl/core/random.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using Plane = std::vector<std::uint8_t>;

constexpr std::uint8_t kUnset = 255;

Plane resized(const Plane& source, const PlaneSize& from, const PlaneSize& to) {
  Plane output(static_cast<std::size_t>(to.count()));
  resize_labels(source, from, output, to, kUnset);
  return output;
}

TEST(ResizeLabels, LargestAreaThenForegroundThenSmallerClass) {
  const auto cell = [](const Plane& four) { return resized(four, {2, 2}, {1, 1}).front(); };
  EXPECT_EQ(cell({kUnset, kUnset, kUnset, kUnset}), kUnset);
  EXPECT_EQ(cell({kUnset, 3, kUnset, kUnset}), 3);
  EXPECT_EQ(cell({kUnset, 0, kUnset, kUnset}), 0);
  EXPECT_EQ(cell({1, 0, 0, kUnset}), 0);
  EXPECT_EQ(cell({0, 0, 2, 2}), 2);
  EXPECT_EQ(cell({3, 1, 1, 3}), 1);
  EXPECT_EQ(cell({3, 1, 3, 3}), 3);
}

TEST(ResizeLabels, MorePixelsTakeTheOldOneBelowTheirCentre) {
  EXPECT_THAT(resized({1, 2}, {2, 1}, {5, 1}), ElementsAre(1, 1, 2, 2, 2));
  EXPECT_THAT(resized({1, kUnset}, {1, 2}, {2, 3}),
              ElementsAre(1, 1, kUnset, kUnset, kUnset, kUnset));
}

TEST(ResizeLabels, TheSameGridKeepsEveryPixel) {
  const Plane plane{0, 1, kUnset, 2, 3, 0};
  EXPECT_EQ(resized(plane, {3, 2}, {3, 2}), plane);
}

/// Over random strokes and sizes: where an old pixel was drawn, the new one that it lies in is
/// drawn; nothing is drawn anywhere else; and no class appears that was not there.
TEST(ResizeLabels, EveryDrawnPixelIsDrawnInItsNewPixelAndNowhereElse) {
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  for (int trial = 0; trial < 300; ++trial) {
    const auto side = [&] { return static_cast<std::int64_t>(1 + random.integer(40)); };
    const PlaneSize from{side(), side()};
    const PlaneSize to{1 + static_cast<std::int64_t>(random.integer(from.width)),
                       1 + static_cast<std::int64_t>(random.integer(from.height))};
    Plane source(static_cast<std::size_t>(from.count()), kUnset);
    for (std::uint8_t& pixel : source) {
      if (random.integer(9) == 0) pixel = static_cast<std::uint8_t>(random.integer(4));
    }
    const Plane result = resized(source, from, to);
    std::vector<Plane> below(result.size());
    for (std::int64_t p = 0; p < from.count(); ++p) {
      const std::int64_t x = (2 * (p % from.width) + 1) * to.width / (2 * from.width);
      const std::int64_t y = (2 * (p / from.width) + 1) * to.height / (2 * from.height);
      below[static_cast<std::size_t>(y * to.width + x)].push_back(
          source[static_cast<std::size_t>(p)]);
    }
    for (std::size_t p = 0; p < result.size(); ++p) {
      ASSERT_FALSE(below[p].empty());
      EXPECT_THAT(below[p], ::testing::Contains(result[p]));
      EXPECT_EQ(result[p] == kUnset,
                std::all_of(below[p].begin(), below[p].end(),
                            [](std::uint8_t value) { return value == kUnset; }));
    }
  }
}

/// A stroke one pixel wide, at every position and angle of a coarse grid.
TEST(ResizeLabels, AThinStrokeSurvivesEveryCoarserGrid) {
  for (std::int64_t width = 2; width <= 48; ++width) {
    for (std::int64_t at = 0; at < 48; ++at) {
      Plane upright(48 * 48, kUnset), slanted(48 * 48, kUnset);
      for (std::int64_t y = 0; y < 48; ++y) {
        upright[static_cast<std::size_t>(y * 48 + at)] = 1;
        slanted[static_cast<std::size_t>(y * 48 + (at + y / 2) % 48)] = 1;
      }
      const Plane a = resized(upright, {48, 48}, {width, width});
      EXPECT_EQ(std::count(a.begin(), a.end(), 1), width);
      const Plane b = resized(slanted, {48, 48}, {width, width});
      EXPECT_GE(std::count(b.begin(), b.end(), 1), width);
    }
  }
}

}  // namespace
}  // namespace medcl
