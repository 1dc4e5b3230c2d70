// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mix_consistency.h"

#include "medcl/core/error.h"
#include "medcl/objective/similarity.h"

namespace medcl {

torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bkhw,
                                   const torch::Tensor& y_mixed_bkhw) {
  check(y12_bkhw.dim() == 4 && y12_bkhw.sizes() == y_mixed_bkhw.sizes(),
        "mix consistency compares equal shapes");
  return -cosine(y12_bkhw.flatten(2), y_mixed_bkhw.flatten(2), 2).mean();
}

}  // namespace medcl
