// SPDX-License-Identifier: Apache-2.0
#pragma once

// Batch normalisation, LeakyReLU and dropout as one operation on the CPU: the tensor is read twice
// and written once forward, read four times and written once backward, and nothing but the input is
// kept for the gradient (the mask of dropout is a function of the position). A level's result is
// halved, and written where the concatenation wants it, in the same pass.
//
// Source: Ioffe & Szegedy, Batch normalization, ICML 2015; gradient as usual, with the gate of
// LeakyReLU and dropout folded in.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/kernels/layout.h"

namespace medcl::fast {

/// Whether norm_rectify takes this tensor: on the CPU, float32 or bfloat16, channels-last, with
/// more than one value per channel.
bool can_norm_rectify(const torch::Tensor& x_bchw);

/// dropout(LeakyReLU(norm(x))) with the batch's statistics; updates the running ones as
/// torch::nn::BatchNorm2d does. The mask of dropout is a function of `dropout_key` and the
/// position. Type and memory format of the result are those of x; parameters and statistics are
/// float32. The result does not depend on the number of threads. It lies in the room behind
/// `beside_bchw` if there is any (layout.h).
torch::Tensor norm_rectify(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm, double slope,
                           double dropout, std::uint64_t dropout_key,
                           const torch::Tensor& beside_bchw = {});

/// LeakyReLU(norm(x)), with room behind it, and its max-pooling by 2. Height and width must be
/// even.
Halved norm_rectify_halve(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm, double slope);

/// The same without a normalisation, for prediction: no gradient is recorded.
torch::Tensor rectify(const torch::Tensor& x_bchw, double slope, const torch::Tensor& beside_bchw);
Halved rectify_halve(const torch::Tensor& x_bchw, double slope);

}  // namespace medcl::fast
