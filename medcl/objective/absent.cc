// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/absent.h"

#include "medcl/core/error.h"
#include "medcl/objective/guarded_log.h"

namespace medcl {

torch::Tensor absent_class_loss(const torch::Tensor& logits_bmhw, const torch::Tensor& present_bk) {
  check(logits_bmhw.dim() == 4 && present_bk.dim() == 2 &&
            present_bk.size(0) == logits_bmhw.size(0) &&
            present_bk.size(1) == logits_bmhw.size(1) + 1,
        "categories [B, m+1] of masks [B, m, H, W]");
  const auto absent_bm =
      present_bk.narrow(1, 1, logits_bmhw.size(1)).eq(0).to(logits_bmhw.scalar_type());
  const auto loss_bm = -torch::log_sigmoid(-logits_bmhw).mean({2, 3});
  return ratio_or_zero((loss_bm * absent_bm).sum(), absent_bm.sum());
}

}  // namespace medcl
