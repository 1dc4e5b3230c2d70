// SPDX-License-Identifier: Apache-2.0
#pragma once

// The last layer of a segmentation network, a 1 x 1 convolution to a few class maps, in one pass
// over memory that also changes type and layout: a network's features are channels-last and often
// bfloat16, losses want float32 and class after class.

#include <torch/torch.h>

namespace medcl::fast {

/// Whether head_conv() takes these: x_bchw float32 or bfloat16, channels-last, on the CPU;
/// weight_oihw [O, I, 1, 1] float32.
bool can_head_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw);

/// conv2d(x, weight, bias) in float32, [B, O, H, W] contiguous, gradients included. Products are of
/// float32 also where x is bfloat16. `bias` [O] may be undefined. Does not depend on the number of
/// threads.
torch::Tensor head_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                        const torch::Tensor& bias);

}  // namespace medcl::fast
