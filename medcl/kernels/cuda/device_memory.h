// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a GPU's memory was used for, without headers of CUDA.

#include <torch/torch.h>

#include <cstdint>
#include <optional>

namespace medcl::fast::cuda {

/// The most bytes that tensors took on the card at one time, since the program started or
/// forget_peak. Nothing where libtorch does not tell (before 2.9).
std::optional<std::int64_t> peak_bytes(const torch::Device& device);
void forget_peak(const torch::Device& device);

}  // namespace medcl::fast::cuda
