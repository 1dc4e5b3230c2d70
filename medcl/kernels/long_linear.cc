// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/long_linear.h"

#include <algorithm>

#include "medcl/kernels/parallel.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kStretch = std::int64_t{1} << 13;

/// work(stretch, first, length), without gradients.
template <typename Work>
void for_stretches(std::int64_t values, const Work& work) {
  for_each(at::divup(values, kStretch), [&](std::int64_t stretch) {
    const torch::NoGradGuard no_grad;
    const std::int64_t first = stretch * kStretch;
    work(stretch, first, std::min(kStretch, values - first));
  });
}

class LongLinear : public torch::autograd::Function<LongLinear> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_rn,
                               const torch::Tensor& w_dn) {
    context->save_for_backward({x_rn, w_dn});
    const std::int64_t values = x_rn.size(1);
    const torch::Tensor parts_prd =
        torch::empty({at::divup(values, kStretch), x_rn.size(0), w_dn.size(0)},
                     x_rn.options().dtype(torch::kFloat32));
    for_stretches(values, [&](std::int64_t stretch, std::int64_t first, std::int64_t length) {
      parts_prd[stretch].copy_(
          torch::mm(x_rn.narrow(1, first, length), w_dn.narrow(1, first, length).t()));
    });
    return parts_prd.sum(0);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x_rn = saved[0], &w_dn = saved[1];
    const torch::Tensor of_result_rd = outputs[0].to(x_rn.scalar_type());
    const torch::Tensor of_x = torch::empty_like(x_rn), of_w = torch::empty_like(w_dn);
    for_stretches(x_rn.size(1), [&](std::int64_t, std::int64_t first, std::int64_t length) {
      of_x.narrow(1, first, length).copy_(torch::mm(of_result_rd, w_dn.narrow(1, first, length)));
      of_w.narrow(1, first, length)
          .copy_(torch::mm(of_result_rd.t(), x_rn.narrow(1, first, length)));
    });
    return {of_x, of_w};
  }
};

}  // namespace

torch::Tensor long_linear(const torch::Tensor& x_rn, const torch::Tensor& w_dn) {
  if (x_rn.is_cpu() && x_rn.scalar_type() == torch::kBFloat16) {
    return LongLinear::apply(x_rn.contiguous(), w_dn.contiguous());
  }
  return torch::matmul(x_rn, w_dn.t()).to(torch::kFloat32);
}

}  // namespace medcl::fast
