// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which card a device is.

#include <torch/torch.h>

namespace medcl::fast::cuda {

/// That of "cuda:1" is 1; "cuda" alone is the first card.
inline c10::DeviceIndex index_of(const torch::Device& device) {
  return device.has_index() ? device.index() : static_cast<c10::DeviceIndex>(0);
}

}  // namespace medcl::fast::cuda
