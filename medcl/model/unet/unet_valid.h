// SPDX-License-Identifier: Apache-2.0
#pragma once

// The U-Net of the published MedCL code: 212 x 212 input, valid convolutions.
//
// Source: github.com/BWGZK-keke/MedCL, models/UNet.py. Parameter names are those of its
// checkpoints. Zero padding by 92 makes the output as large as the input. The two coarsest decoder
// stages receive only 4 up-sampled channels, as published.

#include <array>
#include <cstdint>
#include <utility>

#include "medcl/model/network.h"
#include "medcl/model/unet/blocks.h"

namespace medcl::unet {

inline constexpr NetworkTraits kValidTraits{.multiple = {1, 212, 212}, .fixed = {0, 212, 212}};

class UnetValid final : public Network {
 public:
  UnetValid(std::int64_t channels, std::int64_t outputs, std::int64_t width, double dropout);
  /// Class logits and the second head's maps, both after the shared normalisation; in training
  /// the statistics of that normalisation then see both, as published.
  std::pair<torch::Tensor, torch::Tensor> forward_heads(const torch::Tensor& image_bchw);
  [[nodiscard]] NetworkTraits traits() const override { return kValidTraits; }
  void set_compute_type(torch::ScalarType type) override { compute_type_ = type; }
  void set_fused(bool fused) override;

 private:
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* prompts) override;
  torch::Tensor features(const torch::Tensor& image_bchw);

  torch::ScalarType compute_type_ = torch::kFloat32;
  std::array<DoubleConv, 5> down_;   // finest level first
  std::array<UpConv, 4> up_;         // up_[k] leads from level k + 1 to level k
  std::array<DoubleConv, 4> merge_;  // merge_[k] joins it with the encoder's level k
  Conv segment_{nullptr}, anatomy_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};

}  // namespace medcl::unet
