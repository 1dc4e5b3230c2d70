// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/similarity.h"

#include <ATen/ExpandUtils.h>

namespace medcl {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kSmallestNorms = 1e-8;

/// With its gradient in closed form: few passes over rows that may be whole maps.
class Cosine : public torch::autograd::Function<Cosine> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& a,
                               const torch::Tensor& b, std::int64_t dim) {
    const torch::Tensor dot = (a * b).sum(dim, /*keepdim=*/true);
    const torch::Tensor aa = a.square().sum(dim, /*keepdim=*/true);
    const torch::Tensor bb = b.square().sum(dim, /*keepdim=*/true);
    const torch::Tensor norms = aa.sqrt() * bb.sqrt();
    const torch::Tensor usable = norms.ge(kSmallestNorms);
    const torch::Tensor cosine = torch::where(usable, dot / norms, torch::zeros({}, dot.options()));
    context->save_for_backward({a, b, aa, bb, norms, usable, cosine});
    context->saved_data["dim"] = dim;
    return cosine.squeeze(dim);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &a = saved[0], &b = saved[1], &usable = saved[5], &cosine = saved[6];
    const torch::Tensor gradient = outputs[0].unsqueeze(context->saved_data["dim"].toInt());
    const auto where_usable = [&usable](const torch::Tensor& value) {
      return torch::where(usable, value, torch::zeros({}, value.options()));
    };
    const torch::Tensor across = where_usable(gradient / saved[4]);
    /// d cos / dx = y / (|x| |y|) - cos x / |x|^2.
    const auto of = [&](const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& xx) {
      const torch::Tensor along = where_usable(gradient * cosine / xx);
      return at::sum_to((y * across).addcmul_(along, x, -1), x.sizes());
    };
    return {context->needs_input_grad(0) ? of(a, b, saved[2]) : torch::Tensor(),
            context->needs_input_grad(1) ? of(b, a, saved[3]) : torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor cosine(const torch::Tensor& a, const torch::Tensor& b, std::int64_t dim) {
  return Cosine::apply(a, b, dim);
}

}  // namespace medcl
