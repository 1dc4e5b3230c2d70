// SPDX-License-Identifier: Apache-2.0
#pragma once

// The logarithm of a probability that may be 0.

#include <torch/torch.h>

namespace medcl {

/// log(max(p, 1e-10)). Unlike that of a clamped log, the gradient below the bound is 1e10, not 0:
/// a saturated pixel can still recover.
inline torch::Tensor guarded_log(const torch::Tensor& p) {
  constexpr double kSmallest = 1e-10;
  return (p + (p.detach().clamp_min(kSmallest) - p.detach())).log();
}

/// total / weight, and 0 with zero gradient where the weight is 0.
inline torch::Tensor ratio_or_zero(const torch::Tensor& total, const torch::Tensor& weight) {
  const torch::Tensor positive = weight.detach().gt(0);
  return torch::where(positive, total, torch::zeros({}, total.options())) /
         torch::where(positive, weight, torch::ones({}, weight.options()));
}

}  // namespace medcl
