// SPDX-License-Identifier: Apache-2.0
#pragma once

// Batch normalisation, LeakyReLU and dropout as one operation on a GPU, together with what stands
// next to it in a U-Net, so that no pass over memory is spent on it alone: the bias of the
// convolution before it (which the normalisation takes away again), the halving of a level's
// result, the interleaving of an up-convolution, and the concatenation that a level ends in.
//
// Forward the input is read twice and the result written once; backward input and gradient are read
// twice and the gradient written once. Only the input is kept.
//
// Source: as ../norm_rectify.h. All tensors: float32 or bfloat16, channels-last, channels filling
// whole 16 bytes; parameters and statistics float32. The same card gives the same bits every time.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/kernels/dropout_key.h"
#include "medcl/kernels/layout.h"

namespace medcl::fast::cuda {

/// Whether the functions below take results with `channels` channels that have device, type and at
/// most the number of pixels of `like_bchw`. Compiles the kernels when first asked for something
/// that fits (seconds).
bool can_norm_rectify(const torch::Tensor& like_bchw, std::int64_t channels);

/// What is done to a convolution's result.
struct NormRectify {
  torch::nn::BatchNorm2d norm;  ///< in training, running statistics are updated as by itself; in
                                ///< evaluation (no gradients then) they are used
  torch::Tensor conv_bias;      ///< of the convolution, which was computed without it
  double slope = 0.01;          ///< of LeakyReLU
};

/// dropout(LeakyReLU(norm(x + bias))), with the mask of ../norm_rectify.h. A key on the GPU must
/// stay there until the gradient is done.
torch::Tensor norm_rectify(const torch::Tensor& x_bchw, const NormRectify& how, double dropout,
                           const DropoutKey& key);

/// LeakyReLU(norm(x + bias)) and its max-pooling; the result has room behind its channels for as
/// many again (layout.h). Height and width must be even.
Halved norm_rectify_halve(const torch::Tensor& x_bchw, const NormRectify& how);

/// LeakyReLU(norm(interleave(parts) + bias)) for the four convolutions of an up-convolution, parts
/// [B, 4 C, h + 1, w + 1] (up_conv.h) -> [B, C, 2 h, 2 w]. The result lies in the room behind
/// `beside_bchw`, a full_bchw of norm_rectify_halve, when that is given and of the same size.
torch::Tensor norm_rectify_up(const torch::Tensor& parts_bchw, const NormRectify& how,
                              const torch::Tensor& beside_bchw);

}  // namespace medcl::fast::cuda
