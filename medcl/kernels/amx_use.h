// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the passes of amx_passes.h share. Internal to them.

#include <torch/torch.h>

#include "medcl/kernels/amx_kernels.h"
#include "medcl/kernels/scratch.h"

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

inline std::int64_t staged_channels(std::int64_t channels) { return round_up(channels, kRows); }

inline Weight weight_of(const torch::Tensor& weight_oihw) {
  const std::int64_t in = weight_oihw.size(1);
  return {weight_oihw.data_ptr<float>(), weight_oihw.size(0), in, staged_channels(in)};
}

}  // namespace medcl::fast::amx
