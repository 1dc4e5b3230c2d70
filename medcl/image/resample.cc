// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/error.h"

namespace medcl {
namespace {

struct LinearSampler {
  const float* source;
  PlaneSize size;

  [[nodiscard]] float operator()(double x, double y) const {
    const double floor_x = std::floor(x), floor_y = std::floor(y);
    const auto fx = static_cast<float>(x - floor_x), fy = static_cast<float>(y - floor_y);
    const auto ix = static_cast<std::int64_t>(floor_x), iy = static_cast<std::int64_t>(floor_y);
    const std::int64_t x0 = std::max<std::int64_t>(ix, 0), x1 = std::min(ix + 1, size.width - 1);
    const std::int64_t y0 = std::max<std::int64_t>(iy, 0), y1 = std::min(iy + 1, size.height - 1);
    const float* top = source + y0 * size.width;
    const float* bottom = source + y1 * size.width;
    // A weight of zero must not let a non-finite neighbour in, and must keep integers exact.
    const float upper = fx == 0 ? top[x0] : top[x0] + fx * (top[x1] - top[x0]);
    if (fy == 0) {
      return upper;
    }
    const float lower = fx == 0 ? bottom[x0] : bottom[x0] + fx * (bottom[x1] - bottom[x0]);
    return upper + fy * (lower - upper);
  }
};

template <typename T>
struct NearestSampler {
  const T* source;
  PlaneSize size;

  [[nodiscard]] T operator()(double x, double y) const {
    const auto ix = std::min(static_cast<std::int64_t>(x + 0.5), size.width - 1);
    const auto iy = std::min(static_cast<std::int64_t>(y + 0.5), size.height - 1);
    return source[iy * size.width + ix];
  }
};

template <typename T, typename Sampler>
void sample_plane(const Sampler& sampler, const PlaneSize& source_size, const Affine2& affine,
                  T fill, std::span<T> output, const PlaneSize& output_size) {
  const double right = static_cast<double>(source_size.width) - 0.5;
  const double bottom = static_cast<double>(source_size.height) - 0.5;
  T* pixel = output.data();
  for (std::int64_t row = 0; row < output_size.height; ++row) {
    const auto y = static_cast<double>(row);
    const double start_x = affine[0][1] * y + affine[0][2];
    const double start_y = affine[1][1] * y + affine[1][2];
    for (std::int64_t column = 0; column < output_size.width; ++column) {
      const auto x = static_cast<double>(column);
      const double source_x = affine[0][0] * x + start_x;
      const double source_y = affine[1][0] * x + start_y;
      const bool inside =
          source_x >= -0.5 && source_x <= right && source_y >= -0.5 && source_y <= bottom;
      *pixel++ = inside ? sampler(source_x, source_y) : fill;
    }
  }
}

void check_planes(std::size_t source, const PlaneSize& source_size, std::size_t output,
                  const PlaneSize& output_size) {
  check(source_size.width > 0 && source_size.height > 0 &&
            static_cast<std::int64_t>(source) == source_size.count(),
        "resample: source does not fit its size");
  check(output_size.width >= 0 && output_size.height >= 0 &&
            static_cast<std::int64_t>(output) == output_size.count(),
        "resample: output does not fit its size");
}

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

Affine2 compose(const Affine2& outer, const Affine2& inner) {
  Affine2 result{};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      result[row][column] = outer[row][0] * inner[0][column] + outer[row][1] * inner[1][column] +
                            (column == 2 ? outer[row][2] : 0);
    }
  }
  return result;
}

Affine2 inverse(const Affine2& affine) {
  const double det = affine[0][0] * affine[1][1] - affine[0][1] * affine[1][0];
  check(std::isfinite(det) && det != 0, "inverse of a singular plane transform");
  Affine2 result{
      {{affine[1][1] / det, -affine[0][1] / det, 0}, {-affine[1][0] / det, affine[0][0] / det, 0}}};
  for (auto& row : result) {
    row[2] = -(row[0] * affine[0][2] + row[1] * affine[1][2]);
  }
  return result;
}

Affine2 rotation_about_centre(const PlaneSize& size, double radians) {
  double cosine = std::cos(radians), sine = std::sin(radians);
  if (std::abs(cosine) < 1e-15 || std::abs(sine) < 1e-15) {  // quarter turns move whole pixels
    cosine = std::round(cosine);
    sine = std::round(sine);
  }
  const double centre_x = static_cast<double>(size.width - 1) / 2;
  const double centre_y = static_cast<double>(size.height - 1) / 2;
  return {{{cosine, -sine, centre_x - cosine * centre_x + sine * centre_y},
           {sine, cosine, centre_y - sine * centre_x - cosine * centre_y}}};
}

Affine2 scaling(const PlaneSize& from, const PlaneSize& to) {
  const double scale_x = static_cast<double>(from.width) / static_cast<double>(to.width);
  const double scale_y = static_cast<double>(from.height) / static_cast<double>(to.height);
  return {{{scale_x, 0, 0.5 * scale_x - 0.5}, {0, scale_y, 0.5 * scale_y - 0.5}}};
}

void resample(std::span<const float> source, const PlaneSize& source_size,
              const Affine2& source_from_output, Interpolation interpolation, float fill,
              std::span<float> output, const PlaneSize& output_size) {
  check_planes(source.size(), source_size, output.size(), output_size);
  if (interpolation == Interpolation::kLinear) {
    sample_plane(LinearSampler{source.data(), source_size}, source_size, source_from_output, fill,
                 output, output_size);
  } else {
    sample_plane(NearestSampler<float>{source.data(), source_size}, source_size, source_from_output,
                 fill, output, output_size);
  }
}

void resample(std::span<const std::uint8_t> source, const PlaneSize& source_size,
              const Affine2& source_from_output, std::uint8_t fill, std::span<std::uint8_t> output,
              const PlaneSize& output_size) {
  check_planes(source.size(), source_size, output.size(), output_size);
  sample_plane(NearestSampler<std::uint8_t>{source.data(), source_size}, source_size,
               source_from_output, fill, output, output_size);
}

void resize_area(std::span<const float> source, const PlaneSize& from, std::span<float> output,
                 const PlaneSize& to) {
  check_planes(source.size(), from, output.size(), to);
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
