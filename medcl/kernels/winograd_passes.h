// SPDX-License-Identifier: Apache-2.0
#pragma once

// The three passes of a convolution by Winograd over libtorch's tensors, on all threads. Images are
// float32 or bfloat16 and channels-last, weights [O, I, 3, 3] float32 and channels-last, bias [O]
// float32 or undefined. Internal to own_conv.cc, which checks that they are.

#include <torch/torch.h>

#include "medcl/kernels/winograd_ways.h"

namespace medcl::fast::winograd {

/// `way`: of ways() for this pass and shape.
template <typename T>
torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape, const Way<T>& way);

/// Of x, from that of the result. `shape`: of the convolution whose gradient this is.
template <typename T>
torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape, const Way<T>& way);

/// Sums over tiles are taken in parts of a fixed size: they do not depend on threads.
template <typename T>
KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape,
                                 const Way<T>& way);

}  // namespace medcl::fast::winograd
