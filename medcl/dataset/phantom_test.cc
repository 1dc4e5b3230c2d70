// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/phantom.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/dataset/phantom_anatomy.h"

namespace medcl {
namespace {

PhantomOptions small() {
  PhantomOptions options;
  options.size = 64;
  options.spacing_mm = 4;
  return options;
}

std::int64_t count(const Labels& labels, std::int64_t slice, std::int32_t value) {
  const auto pixels = labels.slice(slice);
  return std::count(pixels.begin(), pixels.end(), value);
}

double mean_of(const PhantomCase& phantom, std::int64_t slice, std::int32_t value) {
  double sum = 0;
  const auto pixels = phantom.image.slice(slice);
  const auto labels = phantom.dense.slice(slice);
  for (std::size_t n = 0; n < pixels.size(); ++n) {
    sum += labels[n] == value ? static_cast<double>(pixels[n]) : 0.0;
  }
  return sum / static_cast<double>(count(phantom.dense, slice, value));
}

TEST(Phantom, CasesDoNotDependOnEachOtherOrOnOrder) {
  const PhantomCase third = make_phantom(small(), 3);
  const PhantomCase first = make_phantom(small(), 1);
  const PhantomCase again = make_phantom(small(), 3);
  EXPECT_EQ(third.image.voxels, again.image.voxels);
  EXPECT_EQ(third.dense.voxels, again.dense.voxels);
  EXPECT_EQ(third.image.geometry.world_from_index, again.image.geometry.world_from_index);
  EXPECT_NE(third.image.voxels, first.image.voxels);
  PhantomOptions other = small();
  other.seed = 2;
  EXPECT_NE(make_phantom(other, 3).dense.voxels, third.dense.voxels);
}

TEST(Phantom, ClutterAndNoiseLeaveTheHeartInPlace) {
  PhantomOptions bare = small();
  bare.clutter = 0;
  bare.noise = 0;
  EXPECT_EQ(make_phantom(bare, 5).dense.voxels, make_phantom(small(), 5).dense.voxels);
}

TEST(Phantom, MidSlicesShowAllClassesAndApicalOnesNoRv) {
  const PhantomOptions options = small();
  int without_rv = 0;
  for (std::uint32_t index = 0; index < 20; ++index) {
    const PhantomCase phantom = make_phantom(options, index);
    EXPECT_EQ(count(phantom.dense, 0, 1), 0);
    for (std::int64_t k = 0; k < options.slices; ++k) {
      EXPECT_GT(count(phantom.dense, k, 2), 0) << index << " " << k;
      EXPECT_GT(count(phantom.dense, k, 3), 0) << index << " " << k;
      EXPECT_EQ(count(phantom.dense, k, 0) + count(phantom.dense, k, 1) +
                    count(phantom.dense, k, 2) + count(phantom.dense, k, 3),
                options.size * options.size);
      without_rv += count(phantom.dense, k, 1) == 0 ? 1 : 0;
    }
    for (std::int64_t k = 3; k < options.slices; ++k) {
      EXPECT_GT(count(phantom.dense, k, 1), 0) << index << " " << k;
    }
    EXPECT_LT(2 * count(phantom.dense, 0, 2), count(phantom.dense, options.slices - 1, 2));
  }
  EXPECT_GT(without_rv, 20);
  EXPECT_LT(without_rv, 20 * 3);
}

TEST(Phantom, HeartStaysInsideTheImage) {
  for (std::uint32_t index = 0; index < 60; ++index) {
    PhantomOptions options = small();
    options.slices = 3;
    const PhantomCase phantom = make_phantom(options, index);
    for (std::int64_t k = 0; k < options.slices; ++k) {
      const auto pixels = phantom.dense.slice(k);
      for (std::int64_t n = 0; n < options.size; ++n) {
        for (const std::int64_t p : {n, n * options.size, (n + 1) * options.size - 1,
                                     (options.size - 1) * options.size + n}) {
          ASSERT_EQ(pixels[static_cast<std::size_t>(p)], 0) << index;
        }
      }
    }
  }
}

TEST(Phantom, PoolsAreBrighterThanMyocardiumWithoutBias) {
  PhantomOptions options = small();
  options.bias = 0;
  options.scar_probability = 0;
  for (std::uint32_t index = 0; index < 10; ++index) {
    const PhantomCase phantom = make_phantom(options, index);
    EXPECT_GT(mean_of(phantom, 5, 3), 1.4 * mean_of(phantom, 5, 2));
    EXPECT_GT(mean_of(phantom, 5, 1), 1.2 * mean_of(phantom, 5, 2));
  }
}

TEST(Phantom, ScarBrightensMyocardium) {
  PhantomOptions with = small();
  with.scar_probability = 1;
  PhantomOptions without = small();
  without.scar_probability = 0;
  int brighter = 0;
  for (std::uint32_t index = 0; index < 10; ++index) {
    const PhantomCase a = make_phantom(with, index);
    const PhantomCase b = make_phantom(without, index);
    EXPECT_EQ(a.dense.voxels, b.dense.voxels);
    brighter += mean_of(a, 4, 2) > 1.1 * mean_of(b, 4, 2) ? 1 : 0;
  }
  EXPECT_GE(brighter, 5);
}

TEST(Phantom, GeometryIsObliqueAndRightHanded) {
  const Geometry geometry = make_phantom(PhantomOptions{}, 2).image.geometry;
  const Point3 spacing = geometry.spacing_mm();
  EXPECT_NEAR(spacing[0], 2.0, 0.13);
  EXPECT_NEAR(spacing[0], spacing[1], 1e-9);
  EXPECT_NEAR(spacing[2], 8.0, 0.81);
  EXPECT_EQ(axis_codes(geometry), "RAS");
  const Affine& a = geometry.world_from_index;
  for (std::size_t n = 0; n < 3; ++n) {
    for (std::size_t m = n + 1; m < 3; ++m) {
      EXPECT_NEAR(a[0][n] * a[0][m] + a[1][n] * a[1][m] + a[2][n] * a[2][m], 0, 1e-9);
    }
    EXPECT_LT(std::abs(a[n][n]), 0.999 * spacing[n]);
  }
  const double volume = a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
                        a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
                        a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  EXPECT_NEAR(volume, spacing[0] * spacing[1] * spacing[2], 1e-6);
}

TEST(Phantom, SmallestAndSingleSliceWork) {
  PhantomOptions options;
  options.size = 16;
  options.slices = 1;
  const PhantomCase phantom = make_phantom(options, 0);
  EXPECT_EQ(phantom.image.voxels.size(), 256U);
  EXPECT_TRUE(std::all_of(phantom.image.voxels.begin(), phantom.image.voxels.end(),
                          [](float value) { return std::isfinite(value) && value >= 0; }));
}

TEST(Phantom, RefusesValuesOutOfRange) {
  PhantomOptions options;
  options.size = 0;
  EXPECT_THROW(make_phantom(options, 0), Error);
  options = {};
  options.noise = std::nan("");
  EXPECT_THROW(make_phantom(options, 0), Error);
}

TEST(Phantom, ClutterStaysAwayFromTheHeart) {
  for (std::uint32_t index = 0; index < 50; ++index) {
    const phantom::Anatomy anatomy = phantom::draw_anatomy({.clutter = 12, .index = index});
    EXPECT_GE(anatomy.clutter.size(), 4U);
    for (const phantom::Clutter& one : anatomy.clutter) {
      const double gap = phantom::length(one.outline.centre - anatomy.heart.centre) -
                         std::max(one.outline.radius_a, one.outline.radius_b);
      EXPECT_GT(gap, 1.4 * anatomy.heart.epi_mm);
    }
  }
}

}  // namespace
}  // namespace medcl
