// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fresh weights that depend on a seed and on nothing else.
//
// Source: He et al., Delving deep into rectifiers, ICCV 2015.

#include <torch/torch.h>

#include <cstdint>

namespace medcl {

/// Sets every parameter of `module`, in the order of their names: convolutions (4-d or 5-d weights)
/// Kaiming normal for LeakyReLU(0.01), linear layers (2-d) uniform in +-1/sqrt(inputs), scales of
/// normalisations (1-d weights) 1, every bias 0. Buffers stay as they are.
/// Reads and changes no global generator. `part` tells modules of one run apart (0 = the network).
void initialise_weights(torch::nn::Module& module, std::uint64_t seed, std::uint32_t part = 0);

}  // namespace medcl
