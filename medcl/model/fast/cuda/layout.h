// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the pixels of channels-last tensors lie, for kernels that read and write them in vectors.

#include <torch/torch.h>

#include <cstdint>

namespace medcl::fast::cuda {

inline constexpr std::int64_t kVectorBytes = 16;

/// Values in a vector.
std::int64_t vector_length(const torch::Tensor& x);

/// Whether pixels lie `stride` values apart, and lines and images follow without further gaps.
bool has_row_stride(const torch::Tensor& x_bchw, std::int64_t stride);

/// Whether every pixel begins on a vector.
bool is_aligned(const torch::Tensor& x_bchw, std::int64_t stride);

/// A tensor over memory of `owner`, beginning `offset` values after its first, with pixels `stride`
/// values apart. It is no view: what is written to one is unknown to autograd of the other.
torch::Tensor share(const torch::Tensor& owner, std::int64_t offset, at::IntArrayRef sizes_bchw,
                    std::int64_t stride);

/// Whether each pixel of `first_bchw` is followed by unused memory for as many channels.
bool has_room(const torch::Tensor& first_bchw);

/// cat({first, second}, 1); without a copy when the second lies in the room behind the first.
torch::Tensor join(const torch::Tensor& first_bchw, const torch::Tensor& second_bchw);

}  // namespace medcl::fast::cuda
