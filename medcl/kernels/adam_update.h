// SPDX-License-Identifier: Apache-2.0
#pragma once

// One step of Adam for one parameter in a single pass over memory: four reads and three writes,
// where the operations of libtorch take nine passes.
//
// Source: Kingma & Ba, ICLR 2015, Algorithm 1; Loshchilov & Hutter, ICLR 2019 (decoupled decay).

#include <torch/torch.h>

#include "medcl/kernels/adam_kernel.h"

namespace medcl::fast {

/// The gradient in the memory order of the parameter.
torch::Tensor ordered_as(const torch::Tensor& gradient, const torch::Tensor& parameter);

/// Whether adam_update takes these: on the CPU, float32, without gaps in memory, with the same
/// strides.
bool can_adam_update(const torch::Tensor& parameter, const torch::Tensor& first,
                     const torch::Tensor& second);

/// Updates the parameter and both moments in place. `gradient`: same shape, any strides.
void adam_update(torch::Tensor& parameter, const torch::Tensor& gradient, torch::Tensor& first,
                 torch::Tensor& second, const AdamStep& step);

}  // namespace medcl::fast
