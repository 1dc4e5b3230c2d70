// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/prepost.h"

#include <vector>

namespace medcl::sam {
namespace {

namespace F = torch::nn::functional;

constexpr double kLeastRange = 1e-8;  // MedSAM's guard for constant images
const std::vector<float> kMean = {123.675F, 116.28F, 103.53F};
const std::vector<float> kDeviation = {58.395F, 57.12F, 57.375F};

template <typename Mode>
torch::Tensor interpolate(const torch::Tensor& x_bchw, const PixelSize& size, Mode mode) {
  return F::interpolate(x_bchw, F::InterpolateFuncOptions()
                                    .size(std::vector<std::int64_t>{size.height, size.width})
                                    .mode(mode)
                                    .align_corners(false));
}

}  // namespace

torch::Tensor medsam_images(const torch::Tensor& image_bchw, std::int64_t side) {
  const torch::Tensor low = image_bchw.amin({2, 3}, /*keepdim=*/true);
  const torch::Tensor high = image_bchw.amax({2, 3}, /*keepdim=*/true);
  const torch::Tensor unit = (image_bchw - low) / (high - low).clamp_min(kLeastRange);
  if (unit.size(2) == side && unit.size(3) == side) return unit;
  return interpolate(unit, {side, side}, torch::kBicubic).clamp(0, 1);
}

torch::Tensor imagenet_normalised(const torch::Tensor& rgb_3hw) {
  const auto of_channels = [&](const std::vector<float>& values) {
    return torch::tensor(values, rgb_3hw.options()).view({3, 1, 1});
  };
  return (rgb_3hw - of_channels(kMean)) / of_channels(kDeviation);
}

torch::Tensor resize_bilinear(const torch::Tensor& x_bchw, const PixelSize& size) {
  return interpolate(x_bchw, size, torch::kBilinear);
}

}  // namespace medcl::sam
