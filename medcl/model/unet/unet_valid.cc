// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/unet_valid.h"

#include <string>

#include "medcl/model/initialise.h"
#include "medcl/model/networks.h"
#include "medcl/model/unet/unet_options.h"

namespace medcl::unet {
namespace {

constexpr std::int64_t kPadding = 92;
constexpr std::int64_t kNarrowChannels = 4;
constexpr NormOptions kSlowNorm{.eps = 1e-3, .momentum = 0.01};

torch::Tensor crop_centre(const torch::Tensor& x_bchw, std::int64_t height, std::int64_t width) {
  return x_bchw.narrow(2, (x_bchw.size(2) - height) / 2, height)
      .narrow(3, (x_bchw.size(3) - width) / 2, width);
}

DoubleConv make_double_conv(std::int64_t in, std::int64_t out, double dropout) {
  return DoubleConv(in, out,
                    DoubleConvOptions{.padding = 0, .dropout = dropout, .second_norm = kSlowNorm});
}

}  // namespace

UnetValid::UnetValid(std::int64_t channels, std::int64_t outputs, std::int64_t width,
                     double dropout)
    : down_{nullptr, nullptr, nullptr, nullptr, nullptr},
      up_{nullptr, nullptr, nullptr, nullptr},
      merge_{nullptr, nullptr, nullptr, nullptr},
      segment_(width, outputs, 1, 0),
      anatomy_(width, outputs, 1, 0),
      norm_(
          torch::nn::BatchNorm2dOptions(outputs).eps(kSlowNorm.eps).momentum(kSlowNorm.momentum)) {
  const auto channels_of = [&](std::size_t level) { return width << level; };
  for (std::size_t k = 0; k < down_.size(); ++k) {
    down_[k] = make_double_conv(k == 0 ? channels : channels_of(k - 1), channels_of(k),
                                kLevelDropout[k] * dropout);
    register_module("Conv" + std::to_string(k + 1), down_[k]);
  }
  for (std::size_t k = up_.size(); k-- > 0;) {
    const std::int64_t up_channels = k >= 2 ? kNarrowChannels : channels_of(k);
    up_[k] = UpConv(channels_of(k + 1), up_channels, kSlowNorm);
    merge_[k] = make_double_conv(up_channels + channels_of(k), channels_of(k), 0.0);
    register_module("Up" + std::to_string(k + 1), up_[k]);
    register_module("Up_conv" + std::to_string(k + 1), merge_[k]);
  }
  register_module("Conv_seg", segment_);
  register_module("Conv_anatomy", anatomy_);
  register_module("Norm", norm_);
}

void UnetValid::set_fused(bool fused) {
  for (DoubleConv& block : down_) block->set_fused(fused);
  for (UpConv& block : up_) block->set_fused(fused);
  for (DoubleConv& block : merge_) block->set_fused(fused);
}

torch::Tensor UnetValid::features(const torch::Tensor& image_bchw) {
  torch::Tensor x = prepare_input(
      torch::constant_pad_nd(image_bchw, {kPadding, kPadding, kPadding, kPadding}), compute_type_);
  std::array<torch::Tensor, 4> skips;
  for (std::size_t k = 0; k < down_.size(); ++k) {
    x = down_[k](k == 0 ? x : torch::max_pool2d(x, 2));
    if (k < skips.size()) skips[k] = x;
  }
  for (std::size_t k = up_.size(); k-- > 0;) {
    const torch::Tensor up = up_[k](x);
    x = merge_[k](torch::cat({up, crop_centre(skips[k], up.size(2), up.size(3))}, 1));
    skips[k].reset();
  }
  return x;
}

NetworkOutput UnetValid::pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) {
  return {.logits_bks = norm_(segment_(features(image_bchw)).to(torch::kFloat32))};
}

std::pair<torch::Tensor, torch::Tensor> UnetValid::forward_heads(const torch::Tensor& image_bchw) {
  const torch::Tensor x = features(image_bchw);
  torch::Tensor logits = norm_(segment_(x).to(torch::kFloat32));
  torch::Tensor anatomy = norm_(anatomy_(x).to(torch::kFloat32));
  return {std::move(logits), std::move(anatomy)};
}

}  // namespace medcl::unet

namespace medcl {

NetworkEntry unet_valid_network() {
  return {.name = "unet_valid",
          .help = "the published code: valid convolutions, 212 x 212",
          .scope = "network",
          .options = [] { return AnyOptions(unet::UnetOptions{}); },
          .traits = [](const AnyOptions&) { return unet::kValidTraits; },
          .make = [](const AnyOptions& options, const NetworkShape& shape,
                     std::uint64_t seed) -> std::shared_ptr<Network> {
            require_plain_wish("unet_valid", shape.wish);
            const auto& own = options.as<unet::UnetOptions>();
            auto network = std::make_shared<unet::UnetValid>(
                shape.channels, shape.classes + shape.wish.extra_outputs, own.width, own.dropout);
            initialise_weights(*network, seed);
            return network;
          },
          .footprint = unet::footprint,
          .least_values = unet::least_values};
}

}  // namespace medcl
