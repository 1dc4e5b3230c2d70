// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace medcl::fast {

/// (target * log_softmax(logits, 1)).sum() of [B, K, s], with the gradient of `logits_bks`. On the
/// CPU image by image, which stay in a core's cache, on all threads; independent of their number.
torch::Tensor log_likelihood(const torch::Tensor& logits_bks, const torch::Tensor& target_bks);

/// softmax over the second axis of [B, K, s], in the same manner.
torch::Tensor softmax(const torch::Tensor& logits_bks);

}  // namespace medcl::fast
