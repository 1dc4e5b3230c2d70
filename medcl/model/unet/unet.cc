// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/unet.h"

#include <utility>

#include "medcl/kernels/head_conv.h"
#include "medcl/model/initialise.h"

namespace medcl::unet {
namespace {

constexpr std::size_t kLevels = 5;

/// Class by class, as the losses go through them.
torch::Tensor as_output(const torch::Tensor& x_bchw) {
  return x_bchw.to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/false,
                   torch::MemoryFormat::Contiguous);
}

/// Class maps of a head.
torch::Tensor maps_of(Conv& head, const torch::Tensor& x_bchw) {
  const Kernel kernel = head->kernel();
  if (!head->is_fused() || !fast::can_head_conv(x_bchw, kernel.weight)) {
    return as_output(head(x_bchw));
  }
  head->note_input(x_bchw.sizes().vec());
  return fast::head_conv(x_bchw, kernel.weight, kernel.bias);
}

}  // namespace

Unet::Unet(const UnetOptions& options, const NetworkShape& shape)
    : width_(options.width), wish_(shape.wish) {
  for (std::size_t k = 0; k < kLevels; ++k) {
    const std::int64_t out = width_ << k;
    down_.emplace_back(k == 0 ? shape.channels : out / 2, out,
                       DoubleConvOptions{.dropout = kLevelDropout[k] * options.dropout});
    register_module("down_" + std::to_string(k), down_.back());
  }
  decoders_.push_back(add_decoder("", shape.classes + wish_.extra_outputs));
  if (wish_.deep_supervision) {
    for (std::size_t k = 0; k + 2 < kLevels; ++k) {
      decoders_.front().coarse_heads.emplace_back(width_ << (k + 1), shape.classes, 1, 0);
      register_module("coarse_" + std::to_string(k), decoders_.front().coarse_heads.back());
    }
  }
  for (std::int64_t n = 0; n < wish_.further_decoders; ++n) {
    decoders_.push_back(add_decoder("further_" + std::to_string(n) + "_", shape.classes));
  }
}

Decoder Unet::add_decoder(const std::string& prefix, std::int64_t outputs) {
  Decoder decoder;
  for (std::size_t k = 0; k + 1 < kLevels; ++k) {
    const std::int64_t out = width_ << k;
    decoder.up.emplace_back(2 * out, out);
    decoder.merge.emplace_back(2 * out, out, DoubleConvOptions{});
    register_module(prefix + "up_" + std::to_string(k), decoder.up.back());
    register_module(prefix + "merge_" + std::to_string(k), decoder.merge.back());
  }
  decoder.head = register_module(prefix + "head", Conv(width_, outputs, 1, 0));
  return decoder;
}

void Unet::set_fused(bool fused) {
  for (DoubleConv& block : down_) block->set_fused(fused);
  for (Decoder& decoder : decoders_) {
    for (UpConv& block : decoder.up) block->set_fused(fused);
    for (DoubleConv& block : decoder.merge) block->set_fused(fused);
    for (Conv& head : decoder.coarse_heads) head->set_fused(fused);
    decoder.head->set_fused(fused);
  }
}

void Unet::decode(std::vector<torch::Tensor> levels, NetworkOutput& output) {
  Decoder& decoder = decoders_.front();
  torch::Tensor x = std::move(levels.back());
  if (wish_.deepest_features) output.deepest_bcs = as_output(x);
  for (std::size_t k = kLevels - 1; k-- > 0;) {
    const torch::Tensor skip_bchw = std::move(levels[k]);
    x = decoder.merge[k](decoder.up[k]->forward_beside(skip_bchw, x));
    if (k > 0 && k <= decoder.coarse_heads.size()) {
      auto& coarse = output.coarse_bks;
      coarse.insert(coarse.begin(), maps_of(decoder.coarse_heads[k - 1], x));
    }
  }
  if (wish_.features) output.features_bcs = as_output(x);
  output.logits_bks = maps_of(decoder.head, x);
}

torch::Tensor Unet::decode_further(Decoder& decoder, const std::vector<torch::Tensor>& levels) {
  const auto seen = [this](const torch::Tensor& level_bchw) {
    return wish_.further_dropout > 0
               ? torch::feature_dropout(level_bchw, wish_.further_dropout, is_training())
               : level_bchw;
  };
  torch::Tensor x = seen(levels.back());
  for (std::size_t k = kLevels - 1; k-- > 0;) {
    // The room beside a level is the first decoder's.
    x = decoder.merge[k](torch::cat({seen(levels[k]), decoder.up[k](x)}, 1));
  }
  return maps_of(decoder.head, x);
}

NetworkOutput Unet::pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) {
  torch::Tensor x = prepare_input(image_bchw, compute_type_);
  std::vector<torch::Tensor> levels;
  for (std::size_t k = 0; k + 1 < kLevels; ++k) {
    Halved level = down_[k]->forward_and_halve(x);
    levels.push_back(std::move(level.full_bchw));
    x = std::move(level.half_bchw);
  }
  levels.push_back(down_.back()(x));
  NetworkOutput output;
  for (std::size_t n = 1; n < decoders_.size(); ++n) {
    output.further_bks.push_back(decode_further(decoders_[n], levels));
  }
  decode(std::move(levels), output);
  return output;
}

}  // namespace medcl::unet

namespace medcl {

NetworkEntry unet_network() {
  return {.name = "unet",
          .help = "same padding, sizes in multiples of 16",
          .scope = "network",
          .options = [] { return AnyOptions(unet::UnetOptions{}); },
          .traits = [](const AnyOptions&) { return NetworkTraits{}; },
          .make = [](const AnyOptions& options, const NetworkShape& shape,
                     std::uint64_t seed) -> std::shared_ptr<Network> {
            auto network = std::make_shared<unet::Unet>(options.as<unet::UnetOptions>(), shape);
            initialise_weights(*network, seed);
            return network;
          },
          .footprint = unet::footprint,
          .least_values = unet::least_values};
}

}  // namespace medcl
