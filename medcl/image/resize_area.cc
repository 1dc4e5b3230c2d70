// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/image/resample.h"

namespace medcl {
namespace {

/// The source pixels of one output pixel along one axis, with weights that sum to 1.
struct Tap {
  std::int64_t first = 0;
  std::vector<double> weights;
};

Tap box_tap(std::int64_t index, std::int64_t from, std::int64_t to) {
  // In units of 1/to source pixels all edges are integers, so that the overlaps are exact.
  const std::int64_t begin = index * from, end = (index + 1) * from;
  Tap tap{.first = begin / to, .weights = {}};
  for (std::int64_t pixel = tap.first; pixel * to < end; ++pixel) {
    const std::int64_t overlap = std::min(end, (pixel + 1) * to) - std::max(begin, pixel * to);
    tap.weights.push_back(static_cast<double>(overlap) / static_cast<double>(from));
  }
  return tap;
}

Tap linear_tap(std::int64_t index, std::int64_t from, std::int64_t to) {
  const double position =
      (static_cast<double>(index) + 0.5) * static_cast<double>(from) / static_cast<double>(to) -
      0.5;
  const double clamped = std::clamp(position, 0.0, static_cast<double>(from - 1));
  const double first = std::floor(clamped);
  const double fraction = clamped - first;
  Tap tap{.first = static_cast<std::int64_t>(first), .weights = {1 - fraction}};
  if (fraction > 0) {
    tap.weights.push_back(fraction);
  }
  return tap;
}

std::vector<Tap> taps(std::int64_t from, std::int64_t to) {
  std::vector<Tap> all;
  all.reserve(static_cast<std::size_t>(to));
  for (std::int64_t index = 0; index < to; ++index) {
    all.push_back(to < from ? box_tap(index, from, to) : linear_tap(index, from, to));
  }
  return all;
}

}  // namespace

void resize_area(std::span<const float> source, const PlaneSize& from, std::span<float> output,
                 const PlaneSize& to) {
  check(from.width > 0 && from.height > 0 && to.width >= 0 && to.height >= 0 &&
            static_cast<std::int64_t>(source.size()) == from.count() &&
            static_cast<std::int64_t>(output.size()) == to.count(),
        "resize: pixels do not fit their size");
  const std::vector<Tap> columns = taps(from.width, to.width);
  const std::vector<Tap> rows = taps(from.height, to.height);
  std::vector<double> narrow(static_cast<std::size_t>(to.width * from.height));
  for (std::int64_t y = 0; y < from.height; ++y) {
    for (std::int64_t x = 0; x < to.width; ++x) {
      const Tap& tap = columns[static_cast<std::size_t>(x)];
      const float* pixel = source.data() + y * from.width + tap.first;
      double sum = 0;
      for (const double weight : tap.weights) {
        sum += weight * static_cast<double>(*pixel++);
      }
      narrow[static_cast<std::size_t>(y * to.width + x)] = sum;
    }
  }
  std::vector<double> sums(static_cast<std::size_t>(to.width));
  for (std::int64_t y = 0; y < to.height; ++y) {
    const Tap& tap = rows[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0);
    const double* row = narrow.data() + tap.first * to.width;
    for (const double weight : tap.weights) {
      for (std::size_t x = 0; x < sums.size(); ++x) {
        sums[x] += weight * *row++;
      }
    }
    std::transform(sums.begin(), sums.end(), output.data() + y * to.width,
                   [](double sum) { return static_cast<float>(sum); });
  }
}

}  // namespace medcl
