// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/mix_consistency.h"

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"
#include "medcl/objective/map_axes.h"
#include "medcl/objective/similarity.h"

namespace medcl {

torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bks, const torch::Tensor& y_mixed_bks) {
  check(are_maps(y12_bks) && y12_bks.sizes() == y_mixed_bks.sizes(),
        "mix consistency compares equal shapes");
  const auto similarity = [](const fast::Tensors& both) {
    return fast::Tensors{cosine(both[0].flatten(2), both[1].flatten(2), 2)};
  };
  return -fast::by_image(similarity, {y12_bks, y_mixed_bks})[0].mean();
}

}  // namespace medcl
