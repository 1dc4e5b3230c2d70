// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "medcl/kernels/own_conv.h"
#include "medcl/kernels/winograd_levels.h"
#include "medcl/kernels/winograd_passes.h"
#include "medcl/model/networks.h"

namespace medcl::fast {
namespace {

/// Root of the mean square of a - b, in units of that of b.
double relative_error(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor exact = b.to(torch::kFloat64);
  return ((a.to(torch::kFloat64) - exact).norm() / exact.norm()).item<double>();
}

/// Logits and all gradients of weights in a training step of a U-Net, the same one each time.
std::vector<std::pair<const char*, torch::Tensor>> network_step(torch::ScalarType type,
                                                                bool fused) {
  const auto network =
      make_network({"unet", {"network.width=32", "network.dropout=0.0"}}, {1, 3}, 5);
  if (type == torch::kFloat64) network->to(type);
  network->set_compute_type(type);
  network->set_fused(fused);
  torch::manual_seed(8);
  const auto image = torch::randn({2, 1, 64, 64}), weight = torch::rand({2, 3, 64, 64});
  const auto logits = network->forward(image).logits_bks;
  (logits.log_softmax(1) * weight).mean().backward();
  std::vector<torch::Tensor> gradients;
  for (const auto& entry : network->named_parameters()) {
    // Before a normalisation a bias has no effect: its gradient is rounding.
    if (!entry.key().ends_with("weight")) continue;
    gradients.push_back(entry.value().grad().flatten().to(torch::kFloat64));
  }
  return {{"logits", logits.detach()}, {"gradients", torch::cat(gradients)}};
}

TEST(WinogradUnet, IsAboutAsCloseToDoublePrecisionAsDirectConvolutionsAre) {
  if (winograd::loops<BFloat16>().empty()) GTEST_SKIP() << "no loops for this processor";
  const auto exact = network_step(torch::kFloat64, false);
  const auto plain = network_step(torch::kBFloat16, false);
  const auto fused = network_step(torch::kBFloat16, true);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double error = relative_error(fused[i].second, exact[i].second);
    const double plain_error = relative_error(plain[i].second, exact[i].second);
    EXPECT_LT(error, 2 * plain_error) << exact[i].first;
    EXPECT_GT(error, 0.0) << exact[i].first;
    if (std::getenv("MEDCL_SHOW_ERRORS") != nullptr) {
      std::cout << exact[i].first << ' ' << error << " plain " << plain_error << '\n';
    }
  }
}

}  // namespace
}  // namespace medcl::fast
