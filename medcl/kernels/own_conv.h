// SPDX-License-Identifier: Apache-2.0
#pragma once

// 3 x 3 convolutions of MedCL's own, on processors where they are faster than libtorch's: by
// Winograd with a quarter to a third of the multiplications where these are what a convolution
// costs (winograd_kernels.h), directly on matrix units where a processor has these
// (amx_kernels.h).
//
// In float32 results are within 1e-5 of a direct convolution's. In bfloat16 the error of results
// and gradients (root mean square, against their own) is below bfloat16's epsilon, 1/128: on matrix
// units that of a direct convolution, by Winograd, where patches and kernel are rounded after their
// transform instead of before, up to five times that (own_conv_test.cc).

#include <torch/torch.h>

#include <cstdint>

namespace medcl::fast {

/// Whether own_conv() takes images of this type and these channels on this processor.
bool has_own_conv(torch::ScalarType type, std::int64_t in, std::int64_t out);

/// Whether own_conv() takes these, and is faster than conv2d on this processor: x_bchw float32
/// or bfloat16, channels-last, on the CPU; weight_oihw [O, I, 3, 3] float32; I and O multiples
/// of 16, or of 32, on matrix units also I < 16.
bool can_own_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw);

/// conv2d(x, weight, bias, stride 1, padding), gradients included; those of weight and bias are
/// float32. `bias` [O] may be undefined. Independent of the number of threads.
/// Memory beside the result: up to four times the kernel, for the gradient of a large kernel 16
/// MiB, and a few MiB for each thread.
torch::Tensor own_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, std::int64_t padding);

/// leaky_relu(own_conv(...), slope) for prediction, without gradients; 0 <= slope <= 1.
torch::Tensor own_conv_rectified(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                                 const torch::Tensor& bias, std::int64_t padding, double slope);

/// The same as own_conv() for conv2d(upsample_nearest2d(x, 2), weight, bias, stride 1, padding 1),
/// with a quarter to half of the multiplications and without the up-sampled image.
torch::Tensor own_up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                          const torch::Tensor& bias);

}  // namespace medcl::fast
