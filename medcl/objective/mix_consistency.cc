// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mix_consistency.h"

#include "medcl/core/error.h"
#include "medcl/objective/map_axes.h"
#include "medcl/objective/similarity.h"

namespace medcl {

torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bks, const torch::Tensor& y_mixed_bks) {
  check(are_maps(y12_bks) && y12_bks.sizes() == y_mixed_bks.sizes(),
        "mix consistency compares equal shapes");
  return -cosine(y12_bks.flatten(2), y_mixed_bks.flatten(2), 2).mean();
}

}  // namespace medcl
