// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mix_consistency.h"

#include "medcl/core/error.h"
#include "medcl/objective/similarity.h"

namespace medcl {

torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bkhw, const torch::Tensor& y_mixed_bkhw,
                                   MixReading reading) {
  check(y12_bkhw.dim() == 4 && y12_bkhw.sizes() == y_mixed_bkhw.sizes(),
        "mix consistency compares equal shapes");
  if (reading == MixReading::kPerPixel) return -cosine(y12_bkhw, y_mixed_bkhw, 1).mean();
  const std::int64_t first = reading == MixReading::kPerChannel  ? 2
                             : reading == MixReading::kPerSample ? 1
                                                                 : 0;
  return -cosine(y12_bkhw.flatten(first), y_mixed_bkhw.flatten(first), first).mean();
}

}  // namespace medcl
