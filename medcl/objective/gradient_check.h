// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests: is a gradient the derivative of its loss?

#include <torch/torch.h>

#include <algorithm>
#include <functional>

namespace medcl {

/// Largest difference of the gradient of `loss` at `point` (float64) from fourth-order central
/// differences, relative to the largest entry of the gradient.
inline double gradient_error(const std::function<torch::Tensor(const torch::Tensor&)>& loss,
                             const torch::Tensor& point, double step = 1e-3) {
  const torch::Tensor leaf = point.detach().clone().requires_grad_();
  const torch::Tensor gradient = torch::autograd::grad({loss(leaf)}, {leaf})[0].contiguous();
  const torch::NoGradGuard no_grad;
  const torch::Tensor moved = point.detach().clone().contiguous();
  double* values = moved.data_ptr<double>();
  const double* analytic = gradient.data_ptr<double>();
  const auto value_at = [&](std::int64_t i, double original, double offset) {
    values[i] = original + offset;
    const double value = loss(moved).item<double>();
    values[i] = original;
    return value;
  };
  double worst = 0.0, largest = 1e-12;
  for (std::int64_t i = 0; i < moved.numel(); ++i) {
    const double x = values[i];
    const double near = value_at(i, x, step) - value_at(i, x, -step);
    const double far = value_at(i, x, 2 * step) - value_at(i, x, -2 * step);
    worst = std::max(worst, std::abs((8 * near - far) / (12 * step) - analytic[i]));
    largest = std::max(largest, std::abs(analytic[i]));
  }
  return worst / largest;
}

}  // namespace medcl
