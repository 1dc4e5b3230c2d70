// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/category.h"

#include "medcl/core/error.h"
#include "medcl/kernels/by_image.h"
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

  const auto loss_of = [](const fast::Tensors& inputs) {
    const torch::Tensor &prob = inputs[0], &allowed = inputs[1], &known = inputs[2];
    const torch::Tensor allowed_prob_bn =
        torch::bmm(allowed.unsqueeze(1), prob.flatten(2)).squeeze(1);
    const torch::Tensor one = torch::ones({}, prob.options());
    return fast::Tensors{
        -guarded_log(torch::where(known.unsqueeze(1), allowed_prob_bn, one)).mean(1)};
  };
  const torch::Tensor loss_b = fast::by_image(loss_of, {prob_bks, allowed_bk, known_b})[0];
  return ratio_or_zero(loss_b.sum(), known_b.sum().to(prob_bks.scalar_type()));
}

}  // namespace medcl
