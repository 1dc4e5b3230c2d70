// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/slice_match.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace medcl {
namespace {

constexpr std::int64_t kCoarse = 4;
constexpr std::size_t kTried = 3;  // slices that are looked at by pixels

/// Means of kCoarse x kCoarse pixels; what does not fill a block is left out.
struct CoarsePlane {
  std::vector<float> pixels;
  std::int64_t columns = 0, rows = 0;

  [[nodiscard]] PixelPlane view() const { return {pixels, columns, rows}; }
};

CoarsePlane coarse(const PixelPlane& fine) {
  CoarsePlane result{{}, fine.columns / kCoarse, fine.rows / kCoarse};
  result.pixels.reserve(static_cast<std::size_t>(result.columns * result.rows));
  for (std::int64_t row = 0; row < result.rows; ++row) {
    for (std::int64_t column = 0; column < result.columns; ++column) {
      float sum = 0;
      for (std::int64_t y = 0; y < kCoarse; ++y) {
        for (std::int64_t x = 0; x < kCoarse; ++x) {
          const std::int64_t at = (row * kCoarse + y) * fine.columns + column * kCoarse + x;
          sum += fine.pixels[static_cast<std::size_t>(at)];
        }
      }
      result.pixels.push_back(sum / (kCoarse * kCoarse));
    }
  }
  return result;
}

/// The best shift within `reach` of (right, down).
SliceMatch best_around(const PixelPlane& picture, const PixelPlane& other, std::int64_t right,
                       std::int64_t down, std::int64_t reach) {
  SliceMatch best{.right = right, .down = down, .correlation = -2};
  for (std::int64_t y = down - reach; y <= down + reach; ++y) {
    for (std::int64_t x = right - reach; x <= right + reach; ++x) {
      const double correlation = correlation_at(picture, other, x, y);
      if (correlation > best.correlation) {
        best = {.right = x, .down = y, .correlation = correlation};
      }
    }
  }
  return best;
}

PixelPlane slice_of(const Image& volume, std::int64_t slice) {
  return {volume.slice(slice), volume.geometry.size[0], volume.geometry.size[1]};
}

}  // namespace

double correlation_at(const PixelPlane& picture, const PixelPlane& other, std::int64_t right,
                      std::int64_t down) {
  const std::int64_t left = std::max<std::int64_t>(0, right);
  const std::int64_t top = std::max<std::int64_t>(0, down);
  const std::int64_t end_column = std::min(other.columns, picture.columns + right);
  const std::int64_t end_row = std::min(other.rows, picture.rows + down);
  const std::int64_t smaller = std::min(picture.columns * picture.rows, other.columns * other.rows);
  const std::int64_t shared =
      std::max<std::int64_t>(0, end_column - left) * std::max<std::int64_t>(0, end_row - top);
  if (2 * shared < smaller || shared == 0) return 0;
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  for (std::int64_t row = top; row < end_row; ++row) {
    const float* mine = &picture.pixels[static_cast<std::size_t>((row - down) * picture.columns)];
    const float* its = &other.pixels[static_cast<std::size_t>(row * other.columns)];
    for (std::int64_t column = left; column < end_column; ++column) {
      const double x = mine[column - right], y = its[column];
      a += x;
      b += y;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
  }
  const auto n = static_cast<double>(shared);
  const double variance = (aa - a * a / n) * (bb - b * b / n);
  return variance > 0 ? (ab - a * b / n) / std::sqrt(variance) : 0;
}

SliceMatch find_slice(const PixelPlane& picture, const Image& volume, std::int64_t most_shift) {
  const CoarsePlane small = coarse(picture);
  const std::int64_t right = (volume.geometry.size[0] - picture.columns) / 2;
  const std::int64_t down = (volume.geometry.size[1] - picture.rows) / 2;
  std::vector<SliceMatch> found;
  for (std::int64_t slice = 0; slice < volume.geometry.size[2]; ++slice) {
    const CoarsePlane other = coarse(slice_of(volume, slice));
    SliceMatch match = best_around(small.view(), other.view(), right / kCoarse, down / kCoarse,
                                   (most_shift + kCoarse - 1) / kCoarse);
    match.slice = slice;
    found.push_back(match);
  }
  const std::size_t tried = std::min(kTried, found.size());
  std::partial_sort(
      found.begin(), found.begin() + static_cast<std::ptrdiff_t>(tried), found.end(),
      [](const SliceMatch& a, const SliceMatch& b) { return a.correlation > b.correlation; });
  SliceMatch best{.correlation = -2};
  for (std::size_t n = 0; n < tried; ++n) {
    SliceMatch match = best_around(picture, slice_of(volume, found[n].slice),
                                   kCoarse * found[n].right, kCoarse * found[n].down, kCoarse + 1);
    match.slice = found[n].slice;
    if (match.correlation > best.correlation) best = match;
  }
  return best;
}

}  // namespace medcl
