// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/category.h"

#include "medcl/core/error.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/map_axes.h"

namespace medcl {

torch::Tensor category_loss(const torch::Tensor& prob_bks, const torch::Tensor& present_bk) {
  check(are_maps(prob_bks) && present_bk.dim() == 2 && present_bk.size(0) == prob_bks.size(0) &&
            present_bk.size(1) == prob_bks.size(1),
        "categories have the shape [B, m+1] of the prediction");
  const torch::Tensor known_b = present_bk.ge(0).all(1).logical_or(present_bk.eq(0).any(1));
  const torch::Tensor allowed_bk = present_bk.ne(0).to(prob_bks.scalar_type());
  allowed_bk.select(1, 0).fill_(1.0);

  const torch::Tensor allowed_prob_bn =
      torch::bmm(allowed_bk.unsqueeze(1), prob_bks.flatten(2)).squeeze(1);
  const torch::Tensor one = torch::ones({}, prob_bks.options());
  const torch::Tensor loss_bn =
      -guarded_log(torch::where(known_b.unsqueeze(1), allowed_prob_bn, one));
  return ratio_or_zero(loss_bn.mean(1).sum(), known_b.sum().to(prob_bks.scalar_type()));
}

}  // namespace medcl
