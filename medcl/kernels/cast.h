// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

namespace medcl::fast {

/// x.to(type) with its gradient; on all threads where a contiguous tensor on the CPU changes
/// between float32 and bfloat16, with the same values.
torch::Tensor cast(const torch::Tensor& x, torch::ScalarType type);

}  // namespace medcl::fast
