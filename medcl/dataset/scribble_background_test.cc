// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "medcl/dataset/scribble.h"
#include "medcl/dataset/scribble_geometry.h"
#include "medcl/dataset/scribble_planes.h"

namespace medcl {
namespace {

TEST(Scribble, BackgroundKeepsItsDistanceAndStaysNear) {
  const PlaneSize size{128, 128};
  const Plane mask = heart(size);
  for (const double gap_mm : {0.0, 4.0, 12.5}) {
    ScribbleOptions options;
    options.background_gap_mm = gap_mm;
    const Plane strokes = simulate_scribbles(mask, size, 2.0, 4, options, 3, 0);
    Plane foreground(mask.size());
    std::transform(mask.begin(), mask.end(), foreground.begin(),
                   [](std::uint8_t value) { return static_cast<std::uint8_t>(value != 0); });
    const std::vector<float> distance = distance_to_mask(foreground, size);
    ASSERT_GT(count(strokes, 0), 20);
    for (std::size_t pixel = 0; pixel < mask.size(); ++pixel) {
      if (strokes[pixel] == 0) {
        EXPECT_GE(2.0 * static_cast<double>(distance[pixel]), gap_mm);
        EXPECT_LE(2.0 * static_cast<double>(distance[pixel]), gap_mm + 0.30 * 256);
      }
    }
  }
}

TEST(Scribble, LongerBackgroundArcDrawsMore) {
  const PlaneSize size{128, 128};
  const Plane mask = heart(size);
  ScribbleOptions options;
  std::int64_t before = -1;
  for (const double arc : {0.0, 0.3, 0.6, 1.0}) {
    options.background_arc = arc;
    const std::int64_t drawn = count(simulate_scribbles(mask, size, 2.0, 4, options, 1, 0), 0);
    EXPECT_GT(drawn, before);
    before = drawn;
  }
}

/// Discs of radius 9 with their centres at (x, 60).
Plane discs(const PlaneSize& size, std::initializer_list<std::int64_t> centres) {
  Plane mask(static_cast<std::size_t>(size.count()), 0);
  for (std::int64_t p = 0; p < size.count(); ++p) {
    const std::int64_t x = p % size.width, y = p / size.width;
    for (const std::int64_t centre : centres) {
      const std::int64_t dx = x - centre, dy = y - 60;
      if (dx * dx + dy * dy <= 81) mask[static_cast<std::size_t>(p)] = 1;
    }
  }
  return mask;
}

/// Background strokes within `reach` pixels of (x, 60).
int background_near(const Plane& strokes, const PlaneSize& size, std::int64_t x,
                    std::int64_t reach) {
  int drawn = 0;
  for (std::int64_t p = 0; p < size.count(); ++p) {
    const std::int64_t dx = p % size.width - x, dy = p / size.width - 60;
    if (strokes[static_cast<std::size_t>(p)] == 0 && dx * dx + dy * dy <= reach * reach) ++drawn;
  }
  return drawn;
}

TEST(Scribble, DrawsBackgroundAroundEachOfStructuresThatLieApart) {
  const PlaneSize size{240, 120};
  const Plane mask = discs(size, {30, 90, 150, 210});
  ScribbleOptions options;
  options.background_each = true;
  options.background_gap_mm = 4;
  for (std::uint32_t key = 0; key < 20; ++key) {
    const Plane strokes = simulate_scribbles(mask, size, 1.0, 2, options, key, 0);
    for (const std::int64_t x : {30, 90, 150, 210}) {
      EXPECT_GT(background_near(strokes, size, x, 17), 30) << "disc at " << x << ", key " << key;
    }
  }
}

TEST(Scribble, DrawsBackgroundBetweenStructuresThatLieApartAndNoneBesideOne) {
  const PlaneSize size{240, 120};
  ScribbleOptions options;
  options.background_each = true;
  options.background_gap_mm = 4;
  options.background_arc = 1;
  const auto drawn = [&](const Plane& mask) {
    return background_near(simulate_scribbles(mask, size, 1.0, 2, options, 1, 0), size, 120, 8);
  };
  EXPECT_GT(drawn(discs(size, {95, 145})), 8) << "in the middle between both";
  EXPECT_EQ(drawn(discs(size, {95})), 0) << "between the bands of one: 16 pixels from its border";
}

TEST(Scribble, TheGapFollowsTheWidthOfTheStructuresWhereAsked) {
  const PlaneSize size{96, 96};
  const auto nearest_background = [&](double radius, const ScribbleOptions& options) {
    Plane mask(96 * 96, 0);
    for (std::int64_t p = 0; p < 96 * 96; ++p) {
      const double x = static_cast<double>(p % 96) - 48, y = static_cast<double>(p / 96) - 48;
      if (std::hypot(x, y) <= radius) mask[static_cast<std::size_t>(p)] = 1;
    }
    const Plane strokes = simulate_scribbles(mask, size, 1.0, 2, options, 0, 0);
    double nearest = 1000;
    for (std::int64_t p = 0; p < 96 * 96; ++p) {
      if (strokes[static_cast<std::size_t>(p)] != 0) continue;
      const double x = static_cast<double>(p % 96) - 48, y = static_cast<double>(p / 96) - 48;
      nearest = std::min(nearest, std::hypot(x, y) - radius);
    }
    return nearest;
  };
  ScribbleOptions options;
  EXPECT_GE(nearest_background(6, options), 5) << "6 mm";
  options.background_gap_share = 0.2;
  EXPECT_NEAR(nearest_background(6, options), 2.4, 1.2);
  EXPECT_GE(nearest_background(30, options), 5) << "never farther than 6 mm, and not nearer";
}

TEST(Scribble, BetweenThinLinesBackgroundIsDrawnToo) {
  const PlaneSize size{96, 87};
  Plane mask(96 * 87, 0);
  for (std::size_t p = 0; p < mask.size(); ++p) mask[p] = p / 96 % 12 < 3 ? 1 : 0;
  ScribbleOptions options;
  EXPECT_EQ(count(simulate_scribbles(mask, size, 1.0, 2, options, 0, 0), 0), 0);
  options.background_gap_share = 0.2;
  EXPECT_GT(count(simulate_scribbles(mask, size, 1.0, 2, options, 0, 0), 0), 96);
}

}  // namespace
}  // namespace medcl
