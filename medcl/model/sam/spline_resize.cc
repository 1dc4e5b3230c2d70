// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/spline_resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "medcl/core/error.h"

namespace medcl::sam {
namespace {

// Every step is linear and separable, so each is a matrix per axis.
using Matrix = torch::Tensor;

constexpr double kTruncation = 4.0;       // of the Gaussian, in sigmas
constexpr std::int64_t kZeroBorder = 12;  // pixels of zeros after which a spline has forgotten them

std::int64_t mirrored(std::int64_t index, std::int64_t size) {
  if (size == 1) return 0;
  const std::int64_t period = 2 * size - 2;
  const std::int64_t folded = ((index % period) + period) % period;
  return std::min(folded, period - folded);
}

double cubic_spline(double distance) {
  const double t = std::abs(distance);
  if (t >= 2) return 0;
  return t < 1 ? 2.0 / 3 - t * t + t * t * t / 2 : std::pow(2 - t, 3) / 6;
}

Matrix smoothing(std::int64_t size, double sigma, SplineBorder border) {
  if (sigma <= 0) return torch::eye(size, torch::kFloat64);
  const auto radius = static_cast<std::int64_t>(kTruncation * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t k = -radius; k <= radius; ++k) {
    const double x = static_cast<double>(k) / sigma;
    weights.push_back(std::exp(-0.5 * x * x));
    sum += weights.back();
  }
  Matrix matrix = torch::zeros({size, size}, torch::kFloat64);
  auto entry = matrix.accessor<double, 2>();
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t k = -radius; k <= radius; ++k) {
      const bool outside = i + k < 0 || i + k >= size;
      if (outside && border == SplineBorder::kZero) continue;
      entry[i][mirrored(i + k, size)] += weights[static_cast<std::size_t>(k + radius)] / sum;
    }
  }
  return matrix;
}

/// Values of the spline at `to` positions, from the `from` pixels that it passes through.
Matrix interpolation(std::int64_t from, std::int64_t to, SplineBorder border) {
  const std::int64_t pad = border == SplineBorder::kZero ? kZeroBorder : 0;
  const std::int64_t size = from + 2 * pad;
  Matrix pixels_of_coefficients = torch::zeros({size, size}, torch::kFloat64);
  Matrix values_of_coefficients = torch::zeros({to, size}, torch::kFloat64);
  auto pixel = pixels_of_coefficients.accessor<double, 2>();
  auto value = values_of_coefficients.accessor<double, 2>();
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t k = -1; k <= 1; ++k) {
      pixel[i][mirrored(i + k, size)] += cubic_spline(static_cast<double>(k));
    }
  }
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (std::int64_t i = 0; i < to; ++i) {
    const double x = (static_cast<double>(i) + 0.5) * scale - 0.5 + static_cast<double>(pad);
    const auto first = static_cast<std::int64_t>(std::floor(x)) - 1;
    for (std::int64_t j = first; j < first + 4; ++j) {
      value[i][mirrored(j, size)] += cubic_spline(x - static_cast<double>(j));
    }
  }
  const Matrix all = torch::matmul(values_of_coefficients, torch::inverse(pixels_of_coefficients));
  return all.narrow(1, pad, from);
}

Matrix resizing(std::int64_t from, std::int64_t to, SplineBorder border) {
  const double shrinkage = static_cast<double>(from) / static_cast<double>(to);
  return torch::matmul(interpolation(from, to, border),
                       smoothing(from, (shrinkage - 1) / 2, border));
}

}  // namespace

torch::Tensor resize_spline(const torch::Tensor& image_hw, std::int64_t rows, std::int64_t columns,
                            SplineBorder border) {
  check(image_hw.dim() == 2 && image_hw.numel() > 0 && rows > 0 && columns > 0,
        "resize_spline needs an image [h, w]");
  const torch::Tensor image = image_hw.to(torch::kFloat64);
  const torch::Tensor resized =
      torch::matmul(torch::matmul(resizing(image.size(0), rows, border), image),
                    resizing(image.size(1), columns, border).t());
  return torch::clamp(resized, image.min(), image.max()).to(torch::kFloat32);
}

}  // namespace medcl::sam
