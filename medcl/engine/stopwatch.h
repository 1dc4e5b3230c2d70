// SPDX-License-Identifier: Apache-2.0
#pragma once

// Time of repeated work, for `medcl bench`.

#include <torch/torch.h>

#include <cstdint>
#include <functional>

namespace medcl {

struct Timing {
  double seconds = 0;      ///< on the clock
  double cpu_seconds = 0;  ///< of all threads of the process
};

/// Medians over `steps` runs of `work`, after two that are not measured. A GPU is waited for at
/// both ends of each.
Timing median_timing(std::int64_t steps, const torch::Device& device,
                     const std::function<void()>& work);

/// The most memory that the process, or the tensors on the GPU, took so far.
std::int64_t peak_mib(const torch::Device& device);

}  // namespace medcl
