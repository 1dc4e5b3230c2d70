// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the passes of amx_passes.h share. Internal to them.

#include <torch/torch.h>

#include "medcl/kernels/amx_kernels.h"

namespace medcl::fast::amx {

/// The tile registers of a thread, configured as long as this lives.
class TileUse {
 public:
  explicit TileUse(const Loops& loops) : loops_(loops) { loops_.begin(); }
  TileUse(const TileUse&) = delete;
  TileUse& operator=(const TileUse&) = delete;
  ~TileUse() { loops_.end(); }

 private:
  const Loops& loops_;
};

inline Weight weight_of(const torch::Tensor& weight_oihw) {
  return {weight_oihw.data_ptr<float>(), weight_oihw.size(0), weight_oihw.size(1)};
}

}  // namespace medcl::fast::amx
