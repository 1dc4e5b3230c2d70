// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/inter_mix.h"

#include <vector>

namespace medcl {

void InterMixOptions::describe(OptionTable table) {
  table.add("beta", beta, "Beta(beta, beta) of the mixing weight", 0.01, 100);
  table.add("partner", partner, "how partners are chosen in a batch");
}

torch::Tensor InterMixDraw::mix(const torch::Tensor& y) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(y.dim()), 1);
  shape[0] = y.size(0);
  const auto beta = beta_b.to(y.scalar_type()).view(shape);
  const auto other = y.index_select(0, partner_b);
  return torch::lerp(other, y, beta.expand_as(y));
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
