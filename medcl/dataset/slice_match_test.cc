// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/slice_match.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "medcl/core/random.h"

namespace medcl {
namespace {

/// Smooth blobs, others in every slice.
Image scan(const Size3& size, std::uint64_t seed) {
  Image image;
  image.geometry.size = size;
  RandomStream random({.seed = seed, .purpose = Purpose::kOrder});
  for (std::int64_t k = 0; k < size[2]; ++k) {
    std::vector<std::array<double, 2>> centres(12);
    for (auto& centre : centres) {
      for (const std::size_t axis : {0U, 1U}) {
        centre[axis] = random.uniform(0, static_cast<double>(size[axis]));
      }
    }
    for (std::int64_t j = 0; j < size[1]; ++j) {
      for (std::int64_t i = 0; i < size[0]; ++i) {
        double sum = random.uniform(-0.05, 0.05);
        for (const auto& [x, y] : centres) {
          const double dx = static_cast<double>(i) - x, dy = static_cast<double>(j) - y;
          sum += std::exp(-(dx * dx + dy * dy) / 100);
        }
        image.voxels.push_back(static_cast<float>(100 * sum));
      }
    }
  }
  return image;
}

/// The part of slice `k` from (i, j) on; beyond the slice 0.
std::vector<float> part(const Image& image, std::int64_t k, std::int64_t i, std::int64_t j,
                        std::int64_t columns, std::int64_t rows) {
  std::vector<float> pixels;
  const auto slice = image.slice(k);
  for (std::int64_t y = j; y < j + rows; ++y) {
    for (std::int64_t x = i; x < i + columns; ++x) {
      const bool inside =
          x >= 0 && y >= 0 && x < image.geometry.size[0] && y < image.geometry.size[1];
      pixels.push_back(inside ? slice[static_cast<std::size_t>(y * image.geometry.size[0] + x)]
                              : 0);
    }
  }
  return pixels;
}

TEST(FindSlice, FindsSliceAndShiftOfCropsAndPaddings) {
  const Image image = scan({120, 100, 6}, 1);
  struct Cut {
    std::int64_t k, i, j, columns, rows;
  };
  for (const Cut& cut : {Cut{0, 0, 0, 120, 100}, Cut{3, 7, 5, 101, 93}, Cut{5, -6, -9, 131, 119},
                         Cut{2, 13, -4, 110, 104}, Cut{4, 1, 2, 120, 100}}) {
    std::vector<float> pixels = part(image, cut.k, cut.i, cut.j, cut.columns, cut.rows);
    for (float& pixel : pixels) pixel = 3 * pixel + 70;  // another scale of intensities
    const SliceMatch match = find_slice({pixels, cut.columns, cut.rows}, image);
    EXPECT_EQ(match.slice, cut.k);
    EXPECT_EQ(match.right, cut.i);
    EXPECT_EQ(match.down, cut.j);
    EXPECT_GT(match.correlation, 0.8);
  }
}

TEST(FindSlice, OfAnotherScanCorrelatesLittle) {
  const Image image = scan({120, 100, 6}, 1), other = scan({120, 100, 6}, 2);
  const SliceMatch match = find_slice({other.slice(2), 120, 100}, image);
  EXPECT_LT(match.correlation, 0.93) << "which is what dense labels ask for";
}

TEST(CorrelationAt, IsOneForAScaledCopyAndMinusOneForItsNegative) {
  const Image image = scan({40, 30, 1}, 3);
  std::vector<float> negative(image.voxels);
  for (float& pixel : negative) pixel = 10 - 2 * pixel;
  const PixelPlane whole{image.slice(0), 40, 30};
  EXPECT_NEAR(correlation_at(whole, whole, 0, 0), 1, 1e-12);
  EXPECT_NEAR(correlation_at(whole, {negative, 40, 30}, 0, 0), -1, 1e-9);
}

TEST(CorrelationAt, IsNothingWithoutVarianceOrWithoutMuchInCommon) {
  const std::vector<float> flat(1200, 4);
  const Image image = scan({40, 30, 1}, 3);
  const PixelPlane whole{image.slice(0), 40, 30};
  EXPECT_EQ(correlation_at(whole, {flat, 40, 30}, 0, 0), 0);
  EXPECT_EQ(correlation_at(whole, whole, 21, 0), 0) << "less than half in common";
  EXPECT_EQ(correlation_at(whole, whole, 90, 0), 0);
}

}  // namespace
}  // namespace medcl
