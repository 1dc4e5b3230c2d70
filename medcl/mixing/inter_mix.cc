// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/inter_mix.h"

#include <vector>

#include "medcl/kernels/by_image.h"

namespace medcl {

void InterMixOptions::describe(OptionTable table) {
  table.add("beta", beta, "Beta(beta, beta) of the mixing weight", 0.01, 100);
  table.add("partner", partner, "how partners are chosen in a batch");
}

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// On the CPU, image by image: no copy of the partners, and one of the results only.
class Blend : public torch::autograd::Function<Blend> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& y,
                               const torch::Tensor& partner_b, const torch::Tensor& beta_b) {
    context->save_for_backward({partner_b, beta_b});
    torch::Tensor blend = torch::empty_like(y);
    const auto partner = partner_b.accessor<std::int64_t, 1>();
    fast::for_images(y.size(0), [&](std::int64_t b) {
      torch::Tensor own = blend[b];
      torch::lerp_out(own, y[partner[b]], y[b], beta_b[b]);
    });
    return blend;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &of_blend = outputs[0], &beta_b = saved[1];
    const auto partner = saved[0].accessor<std::int64_t, 1>();
    const torch::Tensor of_y = torch::empty_like(of_blend);
    fast::for_images(of_blend.size(0), [&](std::int64_t b) {
      torch::Tensor own = of_y[b];
      torch::mul_out(own, of_blend[b], beta_b[b]);
      for (std::int64_t other = 0; other < of_blend.size(0); ++other) {
        if (partner[other] == b) own.add_(of_blend[other] * (1 - beta_b[other]));
      }
    });
    return {of_y, {}, {}};
  }
};

}  // namespace

torch::Tensor InterMixDraw::mix(const torch::Tensor& y) const {
  const auto beta = beta_b.to(y.scalar_type());
  if (y.is_cpu()) return Blend::apply(y, partner_b, beta);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(y.dim()), 1);
  shape[0] = y.size(0);
  const auto other = y.index_select(0, partner_b);
  return torch::lerp(other, y, beta.view(shape).expand_as(y));
}

InterMixDraw draw_inter_mix(const InterMixOptions& options, std::int64_t batch,
                            RandomStream& random, torch::Device device) {
  std::vector<std::int64_t> partner(static_cast<std::size_t>(batch));
  std::vector<float> beta(static_cast<std::size_t>(batch));
  // A random cycle through the batch has no fixed point (except in a batch of one).
  const auto cycle = random.permutation(batch);
  for (std::size_t i = 0; i < partner.size(); ++i) {
    beta[i] = static_cast<float>(random.beta(options.beta, options.beta));
    if (options.partner == MixPartner::kReversed) {
      partner[i] = batch - 1 - static_cast<std::int64_t>(i);
    } else {
      partner[static_cast<std::size_t>(cycle[i])] = cycle[(i + 1) % partner.size()];
    }
  }
  const auto there = [&device](const torch::Tensor& here) {  // from pinned memory nothing waits
    return device.is_cuda() ? here.pin_memory().to(device, /*non_blocking=*/true) : here.to(device);
  };
  return {there(torch::tensor(partner, torch::kInt64)), there(torch::tensor(beta))};
}

}  // namespace medcl
