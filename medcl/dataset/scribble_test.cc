// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/scribble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/dataset/scribble_geometry.h"
#include "medcl/dataset/scribble_planes.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

/// Random rectangles, single pixels and unknown pixels, classes 0..3.
Plane random_mask(RandomStream& random, const PlaneSize& size) {
  Plane mask(static_cast<std::size_t>(size.count()), 0);
  const std::int64_t shapes = random.integer(6);
  for (std::int64_t n = 0; n < shapes; ++n) {
    const std::int64_t x = random.integer(size.width);
    const std::int64_t y = random.integer(size.height);
    const std::int64_t right = std::min(size.width, x + 1 + random.integer(10));
    const std::int64_t bottom = std::min(size.height, y + 1 + random.integer(10));
    const std::int64_t value = random.chance(0.1) ? kNotAnnotated : random.integer(4);
    for (std::int64_t v = y; v < bottom; ++v) {
      for (std::int64_t u = x; u < right; ++u) {
        mask[static_cast<std::size_t>(v * size.width + u)] = static_cast<std::uint8_t>(value);
      }
    }
  }
  return mask;
}

PlaneSize random_size(RandomStream& random) {
  return {1 + random.integer(40), 1 + random.integer(40)};
}

TEST(Scribble, EveryStrokePixelCarriesTheClassBelowIt) {
  for (std::uint32_t n = 0; n < 300; ++n) {
    RandomStream random = random_stream(n);
    const PlaneSize size = random_size(random);
    const Plane mask = random_mask(random, size);
    ScribbleOptions options;
    options.width_pixels = 1 + random.integer(5);
    options.background_gap_mm = random.uniform(0, 9);
    options.max_strokes = random.integer(3);
    const Plane strokes = simulate_scribbles(mask, size, 1.5, 4, options, n, 0);
    ASSERT_EQ(strokes.size(), mask.size());
    for (std::size_t pixel = 0; pixel < mask.size(); ++pixel) {
      ASSERT_TRUE(strokes[pixel] == kNotAnnotated || strokes[pixel] == mask[pixel]) << n;
    }
  }
}

TEST(Scribble, EveryPresentClassGetsAPixelAndNoneMoreThanItsCoverage) {
  for (std::uint32_t n = 0; n < 300; ++n) {
    RandomStream random = random_stream(1000 + n);
    const PlaneSize size = random_size(random);
    const Plane mask = random_mask(random, size);
    ScribbleOptions options;
    options.coverage = random.uniform();
    options.width_pixels = 1 + random.integer(4);
    const Plane strokes = simulate_scribbles(mask, size, 1.0, 4, options, n, 2);
    for (std::uint8_t value = 1; value < 4; ++value) {
      const std::int64_t area = count(mask, value);
      const std::int64_t drawn = count(strokes, value);
      ASSERT_EQ(drawn > 0, area > 0) << n;
      const double budget = std::max(1.0, options.coverage * static_cast<double>(area));
      ASSERT_LE(static_cast<double>(drawn), budget) << n;
    }
  }
}

TEST(Scribble, ReachesItsCoverageOnAHeart) {
  const PlaneSize size{128, 128};
  const Plane mask = heart(size);
  for (const double coverage : {0.05, 0.1, 0.25}) {
    for (std::uint32_t key = 0; key < 5; ++key) {
      ScribbleOptions options;
      options.coverage = coverage;
      const Plane strokes = simulate_scribbles(mask, size, 2.0, 4, options, key, 0);
      for (std::uint8_t value = 1; value < 4; ++value) {
        EXPECT_GT(static_cast<double>(count(strokes, value)),
                  0.8 * coverage * static_cast<double>(count(mask, value)));
      }
    }
  }
}

TEST(Scribble, MaxStrokesOneLeavesOneConnectedLinePerClass) {
  const PlaneSize size{128, 128};
  const Plane mask = heart(size);
  ScribbleOptions options;
  options.max_strokes = 1;
  options.coverage = 0.1;
  for (std::uint32_t key = 0; key < 20; ++key) {
    const Plane strokes = simulate_scribbles(mask, size, 2.0, 4, options, key, 0);
    for (std::uint8_t value = 1; value < 4; ++value) {
      Plane stroke(strokes.size());
      std::transform(strokes.begin(), strokes.end(), stroke.begin(),
                     [&](std::uint8_t one) { return static_cast<std::uint8_t>(one == value); });
      const auto first = std::find(stroke.begin(), stroke.end(), 1) - stroke.begin();
      EXPECT_EQ(walk_curve(stroke, size, first, size.count()).size(),
                static_cast<std::size_t>(count(strokes, value)));
    }
  }
}

TEST(Scribble, DependsOnSeedCaseAndSliceOnly) {
  const PlaneSize size{128, 128};
  const Plane mask = heart(size);
  ScribbleOptions options;
  const Plane first = simulate_scribbles(mask, size, 2.0, 4, options, 1, 2);
  EXPECT_EQ(first, simulate_scribbles(mask, size, 2.0, 4, options, 1, 2));
  EXPECT_NE(first, simulate_scribbles(mask, size, 2.0, 4, options, 1, 3));
  EXPECT_NE(first, simulate_scribbles(mask, size, 2.0, 4, options, 2, 2));
  options.seed = 1;
  EXPECT_NE(first, simulate_scribbles(mask, size, 2.0, 4, options, 1, 2));
}

TEST(Scribble, SliceShareIsSpreadEvenly) {
  const PlaneSize size{8, 8};
  const Plane mask(64, 1);
  ScribbleOptions options;
  options.slice_share = 0.25;
  for (std::uint32_t key = 0; key < 10; ++key) {
    int drawn = 0;
    for (std::uint32_t slice = 0; slice < 16; ++slice) {
      drawn += count(simulate_scribbles(mask, size, 1.0, 2, options, key, slice), 1) > 0 ? 1 : 0;
    }
    EXPECT_EQ(drawn, 4);
  }
}

TEST(Scribble, EmptyMaskGivesOnlyBackground) {
  const PlaneSize size{64, 48};
  const Plane strokes =
      simulate_scribbles(Plane(64 * 48, 0), size, 2.0, 4, ScribbleOptions{}, 0, 0);
  EXPECT_GT(count(strokes, 0), 0);
  EXPECT_EQ(count(strokes, 0) + count(strokes, kNotAnnotated), size.count());
}

TEST(Scribble, OnePixelPlanesAndLinesWork) {
  for (const PlaneSize size : {PlaneSize{1, 1}, PlaneSize{1, 9}, PlaneSize{9, 1}}) {
    for (std::uint8_t value = 0; value < 3; ++value) {
      const Plane mask(static_cast<std::size_t>(size.count()), value);
      const Plane strokes = simulate_scribbles(mask, size, 1.0, 4, ScribbleOptions{}, 0, 0);
      EXPECT_EQ(count(strokes, value) > 0, value > 0);
    }
  }
}

TEST(Scribble, RefusesClassesOutsideTheMap) {
  const Plane mask{0, 1, 4, 0};
  EXPECT_THROW(simulate_scribbles(mask, {2, 2}, 1.0, 4, ScribbleOptions{}, 0, 0), Error);
  EXPECT_THROW(simulate_scribbles(mask, {3, 2}, 1.0, 5, ScribbleOptions{}, 0, 0), Error);
}

TEST(ScribbleVolume, KeepsTheValuesOfTheFile) {
  Labels dense;
  dense.geometry.size = {40, 30, 3};
  dense.geometry.world_from_index[2][2] = 8;
  dense.voxels.assign(40 * 30 * 3, 0);
  for (std::size_t n = 1300; n < 2300; ++n) {
    dense.voxels[n] = n % 40 < 20 ? 500 : 2221;
  }
  const LabelMap map = label_map_of_values(dense, "a.nii");
  EXPECT_EQ(map.class_count(), 3);
  EXPECT_EQ(map.ignore_value, 2222);
  const Labels scribbles = simulate_scribbles(dense, map, ScribbleOptions{}, 1, "a.nii");
  EXPECT_EQ(difference(scribbles.geometry, dense.geometry), "");
  std::set<std::int32_t> seen;
  for (std::size_t n = 0; n < dense.voxels.size(); ++n) {
    seen.insert(scribbles.voxels[n]);
    ASSERT_TRUE(scribbles.voxels[n] == 2222 || scribbles.voxels[n] == dense.voxels[n]);
  }
  EXPECT_EQ(seen, (std::set<std::int32_t>{0, 500, 2221, 2222}));
  LabelMap without = map;
  without.ignore_value.reset();
  EXPECT_THROW(simulate_scribbles(dense, without, ScribbleOptions{}, 1, "a.nii"), Error);
  dense.voxels[0] = -1;
  EXPECT_THROW(label_map_of_values(dense, "a.nii"), Error);
}

TEST(ScribbleVolume, CaseKeysDifferByName) {
  EXPECT_EQ(case_key_of("subject1"), case_key_of("subject1"));
  EXPECT_NE(case_key_of("subject1"), case_key_of("subject2"));
}

TEST(ScribbleLabels, TheSameValueForEveryFileOfADataset) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  const auto labels_of = [&](std::int32_t classes, const std::filesystem::path& file,
                             std::optional<std::int32_t> ignore) {
    Labels dense{small_geometry(), {}};
    for (std::int32_t v = 0; v < 120; ++v) dense.voxels.push_back(v % classes);
    return labels_for_scribbles(dense, file, ignore);
  };
  const auto inside = label_path(dataset, "d"), outside = root.path() / "alone" / "x.nii.gz";
  for (const std::int32_t classes : {2, 3, 4}) {
    EXPECT_EQ(labels_of(classes, inside, std::nullopt).map.ignore_value, 4);
    EXPECT_EQ(labels_of(classes, inside, std::nullopt).assumed, "");
  }
  std::filesystem::create_directories(root.path() / "elsewhere" / "alone");
  const auto lonely = root.path() / "elsewhere" / "alone" / "x.nii.gz";
  EXPECT_EQ(labels_of(3, lonely, 4).map.ignore_value, 4);
  EXPECT_EQ(labels_of(3, lonely, 4).assumed, "");
  EXPECT_EQ(labels_of(3, lonely, std::nullopt).map.ignore_value, 3);
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "--ignore",
                      labels_of(3, lonely, std::nullopt).assumed);
  message_of(ErrorCode::kUsage, [&] { labels_of(4, lonely, 3); });
  message_of(ErrorCode::kUsage, [&] { labels_of(3, inside, 5); });
  EXPECT_EQ(labels_of(3, outside, std::nullopt).map.ignore_value, 4);  // beside dataset.json, too
}

}  // namespace
}  // namespace medcl
