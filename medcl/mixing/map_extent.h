// SPDX-License-Identifier: Apache-2.0
#pragma once

// The size in space of images and maps [b, c, s], s = y x or z y x.

#include <torch/torch.h>

#include "medcl/image/extent.h"

namespace medcl {

inline Extent extent_of(const torch::Tensor& maps_bcs) {
  return {.z = maps_bcs.dim() == 5 ? maps_bcs.size(-3) : 1,
          .y = maps_bcs.size(-2),
          .x = maps_bcs.size(-1)};
}

}  // namespace medcl
