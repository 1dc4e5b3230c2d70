// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "medcl/model/unet/unet.h"

namespace medcl {
namespace {

struct UnetOutcome {
  torch::Tensor logits;
  std::map<std::string, torch::Tensor> gradients;
};

/// A step of a U-Net with random weights and no dropout; always the same one.
UnetOutcome unet_outcome(std::int64_t width, torch::Device device, torch::ScalarType type,
                         bool fused) {
  torch::manual_seed(3);
  unet::Unet network({.width = width, .dropout = 0}, {1, 4});
  for (auto& parameter : network.parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()) * 0.1);
  }
  const auto image = torch::randn({2, 1, 64, 96}), dy = torch::randn({2, 4, 64, 96});
  network.to(device, type);
  network.set_compute_type(type);
  network.set_fused(fused);
  network.train();
  const auto logits = network.forward(image.to(device)).logits_bks;
  logits.backward(dy.to(device));
  UnetOutcome outcome{logits.detach(), {}};
  for (const auto& item : network.named_parameters()) {
    // Before a normalisation a bias has no effect: its gradient is left out, or rounding.
    const bool is_conv_bias = item.key().find(".0.bias") != std::string::npos ||
                              item.key().find(".4.bias") != std::string::npos ||
                              item.key().find("up.1.bias") != std::string::npos;
    if (!is_conv_bias) outcome.gradients[item.key()] = item.value().grad();
  }
  return outcome;
}

double relative_error(const torch::Tensor& found, const torch::Tensor& exact) {
  const auto wanted = exact.to(torch::kCPU, torch::kFloat64);
  return ((found.to(torch::kCPU, torch::kFloat64) - wanted).norm() / wanted.norm()).item<double>();
}

TEST(GpuUnet, FusedIsAsCloseToDoublePrecisionAsSeparateOperationsAre) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  for (const std::int64_t width : {8, 5}) {  // 5 channels fill no vectors
    const auto exact = unet_outcome(width, torch::kCPU, torch::kFloat64, false);
    const auto plain = unet_outcome(width, torch::kCUDA, torch::kFloat32, false);
    const auto fused = unet_outcome(width, torch::kCUDA, torch::kFloat32, true);
    EXPECT_LT(relative_error(fused.logits, exact.logits),
              3 * relative_error(plain.logits, exact.logits) + 1e-4);
    for (const auto& [name, gradient] : exact.gradients) {
      EXPECT_LT(relative_error(fused.gradients.at(name), gradient),
                3 * relative_error(plain.gradients.at(name), gradient) + 1e-3)
          << name;
    }
  }
}

}  // namespace
}  // namespace medcl
