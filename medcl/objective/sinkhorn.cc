// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/sinkhorn.h"

#include "medcl/core/error.h"

namespace medcl {

torch::Tensor sinkhorn_assignment(const torch::Tensor& scores_dn, const SinkhornOptions& options) {
  check(scores_dn.dim() == 2 && scores_dn.numel() > 0, "Sinkhorn needs scores [d, n]");
  check(options.entropy_weight > 0, "the entropy weight of Sinkhorn is positive");
  check(options.iterations >= 1, "Sinkhorn needs an iteration");
  const torch::NoGradGuard no_grad;
  // float64: the scale potentials are as large as the scores / eps, the result is their difference.
  const torch::Tensor log_kernel_dn = scores_dn.to(torch::kFloat64) / options.entropy_weight;

  // log P = log_kernel + row_d1 + column_1n. The masses 1/d and 1/n shift the potentials by
  // constants that cancel in the final column normalisation, which is the last column sweep at the
  // same time.
  torch::Tensor row_d1, column_1n = torch::zeros({1, 1}, log_kernel_dn.options());
  for (std::int64_t i = 0; i < options.iterations; ++i) {
    row_d1 = -torch::logsumexp(log_kernel_dn + column_1n, 1, /*keepdim=*/true);
    if (i + 1 < options.iterations) {
      column_1n = -torch::logsumexp(log_kernel_dn + row_d1, 0, /*keepdim=*/true);
    }
  }
  return torch::softmax(log_kernel_dn + row_d1, 0).to(scores_dn.scalar_type());
}

}  // namespace medcl
