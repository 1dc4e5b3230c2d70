// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/unet.h"

#include <string>

namespace medcl::unet {
namespace {

constexpr std::size_t kLevels = 5;

}  // namespace

Unet::Unet(std::int64_t channels, std::int64_t classes, std::int64_t width, double dropout)
    : head_(width, classes, 1, 0) {
  const auto channels_of = [&](std::size_t level) { return width << level; };
  for (std::size_t k = 0; k < kLevels; ++k) {
    const DoubleConvOptions options{.dropout = kLevelDropout[k] * dropout};
    down_.emplace_back(k == 0 ? channels : channels_of(k - 1), channels_of(k), options);
    register_module("down_" + std::to_string(k), down_.back());
  }
  for (std::size_t k = 0; k + 1 < kLevels; ++k) {
    up_.emplace_back(channels_of(k + 1), channels_of(k));
    merge_.emplace_back(2 * channels_of(k), channels_of(k), DoubleConvOptions{});
    register_module("up_" + std::to_string(k), up_.back());
    register_module("merge_" + std::to_string(k), merge_.back());
  }
  register_module("head", head_);
}

void Unet::set_fused(bool fused) {
  for (DoubleConv& block : down_) block->set_fused(fused);
  for (UpConv& block : up_) block->set_fused(fused);
  for (DoubleConv& block : merge_) block->set_fused(fused);
}

torch::Tensor Unet::forward(const torch::Tensor& image_bchw) {
  torch::Tensor x = prepare_input(image_bchw, compute_type_);
  std::vector<torch::Tensor> skips;
  for (std::size_t k = 0; k + 1 < kLevels; ++k) {
    Halved level = down_[k]->forward_and_halve(x);
    skips.push_back(std::move(level.full_bchw));
    x = std::move(level.half_bchw);
  }
  x = down_.back()(x);
  for (std::size_t k = kLevels - 1; k-- > 0;) {
    const torch::Tensor skip_bchw = std::move(skips[k]);
    x = merge_[k](up_[k]->forward_beside(skip_bchw, x));
  }
  // Class by class, as the losses go through them.
  return head_(x).to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/false,
                     torch::MemoryFormat::Contiguous);
}

}  // namespace medcl::unet
