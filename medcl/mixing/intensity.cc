// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/intensity.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "medcl/image/resample.h"

namespace medcl {
namespace {

constexpr double kKernelWidth = 6;  // in sigmas
constexpr double kLeastRange = 1e-7;

struct Look {
  double mean = 0, deviation = 0, least = 0, most = 0;
};

Look look_of(std::span<const float> image) {
  double sum = 0, squares = 0;
  for (const float value : image) sum += value;
  const auto count = static_cast<double>(image.size());
  const double mean = sum / count;
  for (const float value : image) squares += (value - mean) * (value - mean);
  const auto [least, most] = std::ranges::minmax(image);
  return {mean, std::sqrt(squares / count), least, most};
}

void scale_and_shift(std::span<float> image, double scale, double shift) {
  for (float& value : image) value = static_cast<float>(value * scale + shift);
}

/// The odd number nearest to `value`.
std::int64_t nearest_odd(double value) {
  const auto whole = std::llrint(value);
  if (whole % 2 == 1) return whole;
  return value - static_cast<double>(whole) >= 0 ? whole + 1 : whole - 1;
}

std::vector<double> gaussian(double sigma) {
  const std::int64_t size = std::max<std::int64_t>(1, nearest_odd(kKernelWidth * sigma + 0.5));
  std::vector<double> kernel(static_cast<std::size_t>(size));
  double sum = 0;
  for (std::size_t n = 0; n < kernel.size(); ++n) {
    const double at = static_cast<double>(n) - static_cast<double>(size - 1) / 2;
    kernel[n] = std::exp(-0.5 * at * at / (sigma * sigma));
    sum += kernel[n];
  }
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

/// Reflected at the middles of the first and the last of `count` > 1 voxels.
std::int64_t reflected(std::int64_t at, std::int64_t count) {
  const std::int64_t period = 2 * (count - 1);
  at = std::abs(at) % period;
  return at < count ? at : period - at;
}

/// Rows along one axis of an image.
struct Rows {
  std::int64_t length = 1, step = 1;  ///< between neighbours
};

void blur_row(float* row, const Rows& rows, const std::vector<double>& kernel,
              std::vector<float>& copy) {
  const auto half = static_cast<std::int64_t>(kernel.size() / 2);
  for (std::int64_t n = 0; n < rows.length; ++n) {
    copy[static_cast<std::size_t>(n)] = row[n * rows.step];
  }
  for (std::int64_t n = 0; n < rows.length; ++n) {
    double sum = 0;
    for (std::int64_t k = -half; k <= half; ++k) {
      const auto from = static_cast<std::size_t>(reflected(n + k, rows.length));
      sum += kernel[static_cast<std::size_t>(k + half)] * static_cast<double>(copy[from]);
    }
    row[n * rows.step] = static_cast<float>(sum);
  }
}

void blur_axis(std::span<float> image, const Rows& rows, double sigma) {
  if (rows.length < 2 || sigma <= 0) return;
  const std::vector<double> kernel = gaussian(sigma);
  std::vector<float> copy(static_cast<std::size_t>(rows.length));
  const std::int64_t block = rows.length * rows.step;
  for (std::int64_t begin = 0; begin < std::ssize(image); begin += block) {
    for (std::int64_t n = 0; n < rows.step; ++n) {
      blur_row(image.data() + begin + n, rows, kernel, copy);
    }
  }
}

std::int64_t fewer(std::int64_t count, double share) {
  return std::clamp<std::int64_t>(std::llrint(static_cast<double>(count) * share), 1, count);
}

/// The one of `count` voxels in which the middle of part `n` of `parts` lies; the further one where
/// it lies between two.
std::int64_t middle_of(std::int64_t n, std::int64_t parts, std::int64_t count) {
  return (2 * n + 1) * count / (2 * parts);
}

std::vector<float> nearest(std::span<const float> image, const Extent& from, const Extent& to) {
  std::vector<float> kept;
  kept.reserve(static_cast<std::size_t>(to.count()));
  for (std::int64_t z = 0; z < to.z; ++z) {
    for (std::int64_t y = 0; y < to.y; ++y) {
      const std::int64_t row =
          (middle_of(z, to.z, from.z) * from.y + middle_of(y, to.y, from.y)) * from.x;
      for (std::int64_t x = 0; x < to.x; ++x) {
        kept.push_back(image[static_cast<std::size_t>(row + middle_of(x, to.x, from.x))]);
      }
    }
  }
  return kept;
}

/// The map for a grid `to` that covers the same as the source `from`.
Affine3 resized(const Extent& from, const Extent& to) {
  const double slices = static_cast<double>(from.z) / static_cast<double>(to.z);
  return slice_by_slice(scaling(from.plane(), to.plane()), slices, (slices - 1) / 2);
}

}  // namespace

void stretch_contrast(std::span<float> image, double factor) {
  const Look look = look_of(image);
  for (float& value : image) {
    const double stretched = (value - look.mean) * factor + look.mean;
    value = static_cast<float>(std::clamp(stretched, look.least, look.most));
  }
}

void bend_by_gamma(std::span<float> image, double gamma, bool negated) {
  if (negated) scale_and_shift(image, -1, 0);
  const Look before = look_of(image);
  const double range = before.most - before.least;
  if (range > 0) {
    for (float& value : image) {
      const double share = (value - before.least) / std::max(range, kLeastRange);
      value = static_cast<float>(std::pow(share, gamma) * range + before.least);
    }
    const Look after = look_of(image);
    const double scale = before.deviation / std::max(after.deviation, kLeastRange);
    scale_and_shift(image, scale, before.mean - after.mean * scale);
  }
  if (negated) scale_and_shift(image, -1, 0);
}

void blur(std::span<float> image, const Extent& extent, const std::array<double, 3>& sigma_zyx) {
  blur_axis(image, {extent.z, extent.y * extent.x}, sigma_zyx[0]);
  blur_axis(image, {extent.y, extent.x}, sigma_zyx[1]);
  blur_axis(image, {extent.x, 1}, sigma_zyx[2]);
}

void lower_resolution(std::span<float> image, const Extent& extent, double share) {
  const Extent coarse{fewer(extent.z, share), fewer(extent.y, share), fewer(extent.x, share)};
  const std::vector<float> kept = nearest(image, extent, coarse);
  resample(kept, coarse, resized(coarse, extent), Interpolation::kLinear, 0, image, extent);
}

}  // namespace medcl
