// SPDX-License-Identifier: Apache-2.0
#pragma once

// The three passes of a convolution by Winograd over libtorch's tensors, on all threads. Images are
// bfloat16 and channels-last, weights [O, I, 3, 3] float32 and channels-last, bias [O] float32 or
// undefined. Internal to winograd.cc, which checks that they are.

#include <torch/torch.h>

#include "medcl/model/fast/winograd_kernels.h"

namespace medcl::fast::winograd {

/// What is convolved, and with how much padding: 1 where the size changes by 2.
struct Shape {
  Kind kind;
  std::int64_t padding;
};

struct KernelGradients {
  torch::Tensor weight, bias;
};

torch::Tensor convolve(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, const Shape& shape);

/// Of x, from that of the result. `shape`: of the convolution whose gradient this is.
torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape);

/// Sums over tiles are taken in parts of a fixed size: they do not depend on threads.
KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape);

}  // namespace medcl::fast::winograd
