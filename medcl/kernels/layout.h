// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the pixels of channels-last tensors lie: a concatenation needs no copy if both parts were
// written to their places.

#include <torch/torch.h>

#include <cstdint>

namespace medcl::fast {

/// Whether pixels lie `stride` values apart, and lines and images follow without further gaps.
bool has_row_stride(const torch::Tensor& x_bchw, std::int64_t stride);

/// A tensor over memory of `owner`, beginning `offset` values after its first, with pixels `stride`
/// values apart. It is no view: what is written to one is unknown to autograd of the other.
torch::Tensor share(const torch::Tensor& owner, std::int64_t offset, at::IntArrayRef sizes_bchw,
                    std::int64_t stride);

/// A level's result and its max-pooling by 2.
struct Halved {
  torch::Tensor full_bchw, half_bchw;
};

/// An empty tensor of the type of `like`, with room behind each pixel for as many channels again.
torch::Tensor empty_with_room(at::IntArrayRef sizes_bchw, const torch::Tensor& like);

/// Whether each pixel of `first_bchw` is followed by unused memory for as many channels.
bool has_room(const torch::Tensor& first_bchw);

/// The same: in the room behind `first_bchw`, if that is defined, of this size and type and has
/// any, else in memory of its own.
torch::Tensor empty_beside(const torch::Tensor& first_bchw, at::IntArrayRef sizes_bchw,
                           const torch::Tensor& like);

/// cat({first, second}, 1); without a copy when the second lies in the room behind the first.
torch::Tensor join(const torch::Tensor& first_bchw, const torch::Tensor& second_bchw);

}  // namespace medcl::fast
