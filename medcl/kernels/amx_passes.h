// SPDX-License-Identifier: Apache-2.0
#pragma once

// The three passes of a convolution on matrix units over libtorch's tensors, on all threads. Images
// are bfloat16 and channels-last with multiples of 16 channels or, where they are convolved, fewer
// than 16; weights [O, I, 3, 3] float32 and channels-last, bias [O] float32 or undefined. Internal
// to own_conv.cc, which checks that they are.
//
// Images and kernels are rounded to bfloat16 before they are multiplied, as by a direct convolution
// in bfloat16; sums are float32. With `up` the sums of taps are rounded, not the taps. Results do
// not depend on the number of threads.

#include <torch/torch.h>

#include "medcl/kernels/conv_pass.h"

namespace medcl::fast::amx {

/// Whether this processor and these channels allow the passes.
bool can_convolve(std::int64_t in, std::int64_t out);

/// `slope`, 0 to 1: of a LeakyReLU behind it; 1 = none.
torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape, double slope = 1.0);

/// Of x, from that of the result. `shape`: of the convolution whose gradient this is.
torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape);

KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape);

}  // namespace medcl::fast::amx
