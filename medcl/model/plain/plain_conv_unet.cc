// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/plain/plain_conv_unet.h"

#include <memory>
#include <utility>

namespace medcl::plain {
namespace {

using nnunet::PerAxis;

constexpr double kLeakySlope = 0.01, kEpsilon = 1e-5;

/// A module with a name of its own for others that are only numbered.
std::shared_ptr<torch::nn::Module> list_in(torch::nn::Module& parent, const std::string& name) {
  return parent.register_module(name, std::make_shared<torch::nn::Module>(name));
}

void add_to(torch::nn::Module& list, std::size_t number,
            const std::shared_ptr<torch::nn::Module>& module) {
  list.register_module(std::to_string(number), module);
}

std::vector<std::int64_t> weight_sizes(std::int64_t first, std::int64_t second,
                                       const PerAxis& kernel) {
  std::vector<std::int64_t> sizes{first, second};
  sizes.insert(sizes.end(), kernel.begin(), kernel.end());
  return sizes;
}

torch::Tensor convolved(const torch::Tensor& x_bcs, const torch::Tensor& weight,
                        const torch::Tensor& bias, const PerAxis& stride, const PerAxis& padding) {
  const PerAxis ones(stride.size(), 1), none(stride.size(), 0);
  const auto type = x_bcs.scalar_type();
  return torch::convolution(x_bcs, weight.to(type), bias.to(type), stride, padding, ones,
                            /*transposed=*/false, none, 1);
}

/// A transposed convolution whose stride is its kernel: each voxel becomes a block of its own. That
/// is a convolution of one voxel whose channels are dealt out to the block, which libtorch 1.13
/// can do in bf16.
torch::Tensor enlarged(const torch::Tensor& x_bcs, const Layer& up, const PerAxis& stride) {
  const std::int64_t in = up->weight.size(0), out = up->weight.size(1);
  const auto axes = static_cast<std::int64_t>(stride.size());
  const PerAxis ones(stride.size(), 1), none(stride.size(), 0);
  const torch::Tensor weight_oki = up->weight.flatten(2).permute({1, 2, 0});
  const std::int64_t block = weight_oki.size(1);
  const torch::Tensor bias = up->bias.unsqueeze(1).expand({out, block}).reshape({-1});
  const torch::Tensor y_bcs =
      convolved(x_bcs, weight_oki.reshape(weight_sizes(out * block, in, ones)), bias, ones, none);
  std::vector<std::int64_t> dealt{x_bcs.size(0), out}, whole = dealt, order{0, 1};
  dealt.insert(dealt.end(), stride.begin(), stride.end());
  for (std::int64_t axis = 0; axis < axes; ++axis) {
    const std::int64_t length = x_bcs.size(axis + 2);
    dealt.push_back(length);
    whole.push_back(length * stride[static_cast<std::size_t>(axis)]);
    order.insert(order.end(), {2 + axes + axis, 2 + axis});
  }
  return y_bcs.reshape(dealt).permute(order).reshape(whole);
}

/// Class by class, as the losses go through them.
torch::Tensor as_output(const torch::Tensor& x_bcs) {
  return x_bcs.to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/false,
                  torch::MemoryFormat::Contiguous);
}

}  // namespace

ConvNormRectifyImpl::ConvNormRectifyImpl(std::int64_t in, std::int64_t out, const PerAxis& kernel,
                                         const PerAxis& stride)
    : stride_(stride), padding_(kernel) {
  for (std::int64_t& side : padding_) side = (side - 1) / 2;
  conv_ = register_module("conv", Layer(weight_sizes(out, in, kernel), out));
  norm_ = register_module("norm", Layer(std::vector<std::int64_t>{out}, out));
}

torch::Tensor ConvNormRectifyImpl::forward(const torch::Tensor& x_bcs) {
  const auto y_bcs = convolved(x_bcs, conv_->weight, conv_->bias, stride_, padding_);
  const auto type = y_bcs.scalar_type();
  auto normed_bcs = torch::group_norm(y_bcs, y_bcs.size(1), norm_->weight.to(type),
                                      norm_->bias.to(type), kEpsilon);
  return torch::leaky_relu_(normed_bcs, kLeakySlope);
}

StageImpl::StageImpl(std::int64_t in, std::int64_t out, std::int64_t convolutions,
                     const PerAxis& kernel, const PerAxis& stride) {
  const auto list = list_in(*this, "convs");
  for (std::int64_t n = 0; n < convolutions; ++n) {
    convs_.emplace_back(n == 0 ? in : out, out, kernel,
                        n == 0 ? stride : PerAxis(stride.size(), 1));
    add_to(*list, convs_.size() - 1, convs_.back().ptr());
  }
}

torch::Tensor StageImpl::forward(torch::Tensor x_bcs) {
  for (ConvNormRectify& conv : convs_) x_bcs = conv(x_bcs);
  return x_bcs;
}

DecoderImpl::DecoderImpl(const PlainConvUnetShape& shape, std::int64_t outputs,
                         std::int64_t classes, bool deep_supervision) {
  const auto stages = list_in(*this, "stages"), ups = list_in(*this, "transpconvs"),
             heads = list_in(*this, "seg_layers");
  const std::size_t count = shape.features.size() - 1;
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t level = count - 1 - n;  // of the encoder, to which it leads
    const std::int64_t in = shape.features[level + 1], out = shape.features[level];
    const PerAxis& stride = shape.topology.strides[level + 1];
    const PerAxis ones(stride.size(), 1);
    strides_.push_back(stride);
    ups_.emplace_back(weight_sizes(in, out, stride), out);
    stages_.emplace_back(2 * out, out, shape.decoder_convolutions[n], shape.topology.kernels[level],
                         ones);
    add_to(*ups, n, ups_.back().ptr());
    add_to(*stages, n, stages_.back().ptr());
    heads_.emplace_back(nullptr);
    if (level > 0 && !deep_supervision) continue;
    const std::int64_t maps = level == 0 ? outputs : classes;
    heads_.back() = Layer(weight_sizes(maps, out, ones), maps);
    add_to(*heads, n, heads_.back().ptr());
  }
}

Decoded DecoderImpl::forward(const std::vector<torch::Tensor>& levels) {
  Decoded found;
  torch::Tensor x_bcs = levels.back();
  for (std::size_t n = 0; n < stages_.size(); ++n) {
    const PerAxis ones(strides_[n].size(), 1), none(strides_[n].size(), 0);
    const auto up_bcs = enlarged(x_bcs, ups_[n], strides_[n]);
    x_bcs = stages_[n](torch::cat({up_bcs, levels[stages_.size() - 1 - n]}, 1));
    if (!heads_[n]) continue;
    const Layer& head = heads_[n];
    const auto logits_bks = as_output(convolved(x_bcs, head->weight, head->bias, ones, none));
    if (n + 1 == stages_.size()) {
      found.logits_bks = logits_bks;
    } else {
      found.coarse_bks.insert(found.coarse_bks.begin(), logits_bks);
    }
  }
  found.features_bcs = x_bcs;
  return found;
}

NetworkTraits traits_of(const PlainConvUnetShape& shape) {
  const PerAxis multiple = shape.topology.multiple();
  const std::size_t axes = multiple.size();
  return {.axes = static_cast<int>(axes),
          .multiple = {axes == 3 ? multiple.front() : 1, multiple[axes - 2], multiple[axes - 1]},
          .tile = {0, shape.tile, shape.tile}};
}

PlainConvUnet::PlainConvUnet(const PlainConvUnetShape& shape, const NetworkShape& images)
    : traits_(traits_of(shape)), wish_(images.wish) {
  const auto encoder = list_in(*this, "encoder");
  const auto stages = list_in(*encoder, "stages");
  for (std::size_t s = 0; s < shape.features.size(); ++s) {
    const std::int64_t in = s == 0 ? images.channels : shape.features[s - 1];
    encoder_.emplace_back(in, shape.features[s], shape.encoder_convolutions[s],
                          shape.topology.kernels[s], shape.topology.strides[s]);
    add_to(*list_in(*stages, std::to_string(s)), 0, encoder_.back().ptr());
  }
  decoder_ = register_module("decoder", Decoder(shape, images.classes + wish_.extra_outputs,
                                                images.classes, wish_.deep_supervision));
  for (std::int64_t n = 0; n < wish_.further_decoders; ++n) {
    further_.emplace_back(shape, images.classes, images.classes, /*deep_supervision=*/false);
    register_module("further_" + std::to_string(n), further_.back());
  }
}

NetworkOutput PlainConvUnet::pass(const torch::Tensor& image_bcs, const ClassPrompts*) {
  std::vector<torch::Tensor> levels;
  for (Stage& stage : encoder_) {
    levels.push_back(stage(levels.empty() ? image_bcs.to(compute_type_) : levels.back()));
  }
  NetworkOutput output;
  for (Decoder& one : further_) {
    std::vector<torch::Tensor> seen = levels;
    for (torch::Tensor& level : seen) {
      if (wish_.further_dropout == 0) break;
      level = torch::feature_dropout(level, wish_.further_dropout, is_training());
    }
    output.further_bks.push_back(one(seen).logits_bks);
  }
  if (wish_.deepest_features) output.deepest_bcs = as_output(levels.back());
  Decoded own = decoder_(levels);
  output.logits_bks = std::move(own.logits_bks);
  output.coarse_bks = std::move(own.coarse_bks);
  if (wish_.features) output.features_bcs = as_output(own.features_bcs);
  return output;
}

}  // namespace medcl::plain
