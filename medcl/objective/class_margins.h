// SPDX-License-Identifier: Apache-2.0
#pragma once

// One class against all others, for losses of two classes on the softmax of many.
//
// Shape suffixes: b = images, k = classes, s = axes in space.

#include <torch/torch.h>

#include <vector>

namespace medcl {

/// log p / (1 - p) of each class, p the softmax of logits_bks: any logit is safe.
inline torch::Tensor class_margins(const torch::Tensor& logits_bks) {
  const std::int64_t classes = logits_bks.size(1);
  std::vector<torch::Tensor> margins;
  for (std::int64_t k = 0; k < classes; ++k) {
    const torch::Tensor others =
        torch::cat({logits_bks.narrow(1, 0, k), logits_bks.narrow(1, k + 1, classes - k - 1)}, 1);
    margins.push_back(logits_bks.narrow(1, k, 1) - others.logsumexp(1, /*keepdim=*/true));
  }
  return torch::cat(margins, 1);
}

/// [b, s], true where no class has a weight.
inline torch::Tensor nobody_annotated(const torch::Tensor& target_bks) {
  return target_bks.sum(1).eq(0);
}

}  // namespace medcl
