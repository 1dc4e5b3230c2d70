// SPDX-License-Identifier: Apache-2.0
#pragma once

// U-Net with same padding: any height and width that are multiples of 16.
//
// Source: Ronneberger et al., U-Net, MICCAI 2015; block layout of the published MedCL code
// (conv, BatchNorm, LeakyReLU 0.01, dropout in the encoder, nearest up-sampling).

#include <cstdint>
#include <vector>

#include "medcl/model/segmenter.h"
#include "medcl/model/unet/blocks.h"

namespace medcl::unet {

/// Levels have width, 2 width, ... 16 width channels.
class Unet final : public Segmenter {
 public:
  Unet(std::int64_t channels, std::int64_t classes, std::int64_t width, double dropout);
  torch::Tensor forward(const torch::Tensor& image_bchw) override;
  void set_compute_type(torch::ScalarType type) override { compute_type_ = type; }
  void set_fused(bool fused) override;

 private:
  torch::ScalarType compute_type_ = torch::kFloat32;
  std::vector<DoubleConv> down_;   // finest level first
  std::vector<UpConv> up_;         // up_[k] leads from level k + 1 to level k
  std::vector<DoubleConv> merge_;  // merge_[k] joins it with the encoder's level k
  Conv head_{nullptr};
};

}  // namespace medcl::unet
