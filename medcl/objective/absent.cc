// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/absent.h"

#include "medcl/core/error.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/map_axes.h"

namespace medcl {

torch::Tensor absent_class_loss(const torch::Tensor& logits_bms, const torch::Tensor& present_bk) {
  check(are_maps(logits_bms) && present_bk.dim() == 2 && present_bk.size(0) == logits_bms.size(0) &&
            present_bk.size(1) == logits_bms.size(1) + 1,
        "categories [B, m+1] of masks [B, m, s]");
  const auto absent_bm =
      present_bk.narrow(1, 1, logits_bms.size(1)).eq(0).to(logits_bms.scalar_type());
  const auto loss_bm = -torch::log_sigmoid(-logits_bms).mean(spatial_axes(logits_bms));
  return ratio_or_zero((loss_bm * absent_bm).sum(), absent_bm.sum());
}

}  // namespace medcl
