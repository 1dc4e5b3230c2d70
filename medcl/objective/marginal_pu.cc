// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/marginal_pu.h"

#include <algorithm>
#include <cmath>

#include "medcl/objective/guarded_log.h"

namespace medcl {

torch::Tensor excluded_classes(const torch::Tensor& prob_bks, const torch::Tensor& unlabelled_bs,
                               const torch::Tensor& share_k, const torch::Tensor& known_k) {
  const torch::NoGradGuard no_gradient;
  torch::Tensor excluded_bks = torch::zeros_like(prob_bks, torch::kBool);
  const torch::Tensor shares = share_k.to(torch::kCPU, torch::kFloat64);
  const torch::Tensor known = known_k.to(torch::kCPU, torch::kBool);
  for (std::int64_t k = 1; k < prob_bks.size(1); ++k) {
    if (!known[k].item<bool>()) continue;
    const torch::Tensor prob_bs = prob_bks.select(1, k);
    const torch::Tensor prob_n = prob_bs.masked_select(unlabelled_bs);
    const auto count = prob_n.size(0);
    const auto belong = static_cast<std::int64_t>(
        std::llround(shares[k].item<double>() * static_cast<double>(count)));
    torch::Tensor below_bs = unlabelled_bs;
    if (belong > 0) {
      const std::int64_t rank = std::min(belong, count);
      const torch::Tensor threshold = std::get<0>(prob_n.kthvalue(count - rank + 1));
      below_bs = unlabelled_bs.logical_and(prob_bs.lt(threshold));
    }
    excluded_bks.select(1, k).copy_(below_bs);
  }
  return excluded_bks;
}

torch::Tensor marginal_loss(const torch::Tensor& prob_bks, const torch::Tensor& excluded_bks) {
  const torch::Tensor allowed_bs = prob_bks.masked_fill(excluded_bks, 0).sum(1);
  const torch::Tensor counted_bs = excluded_bks.any(1).to(prob_bks.scalar_type());
  return ratio_or_zero(-(guarded_log(allowed_bs) * counted_bs).sum(), counted_bs.sum());
}

}  // namespace medcl
