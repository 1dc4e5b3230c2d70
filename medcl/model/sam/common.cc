// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/common.h"

#include <memory>
#include <string>

namespace medcl::sam {
namespace {

constexpr double kNormEps = 1e-6;

}  // namespace

LayerNorm2dImpl::LayerNorm2dImpl(std::int64_t channels)
    : weight_(register_parameter("weight", torch::ones({channels}))),
      bias_(register_parameter("bias", torch::zeros({channels}))) {}

torch::Tensor LayerNorm2dImpl::forward(const torch::Tensor& x_bchw) {
  const torch::Tensor x_bhwc = x_bchw.permute({0, 2, 3, 1});
  return torch::layer_norm(x_bhwc, weight_.sizes(), weight_, bias_, kNormEps).permute({0, 3, 1, 2});
}

MlpBlockImpl::MlpBlockImpl(std::int64_t width, std::int64_t hidden, Activation activation)
    : activation_(activation),
      lin1_(register_module("lin1", torch::nn::Linear(width, hidden))),
      lin2_(register_module("lin2", torch::nn::Linear(hidden, width))) {}

torch::Tensor MlpBlockImpl::forward(const torch::Tensor& x) {
  const torch::Tensor hidden = lin1_(x);
  return lin2_(activation_ == Activation::kGelu ? torch::gelu(hidden) : torch::relu(hidden));
}

MlpImpl::MlpImpl(const std::vector<std::int64_t>& widths) {
  const auto list = std::make_shared<torch::nn::Module>("layers");
  for (std::size_t k = 0; k + 1 < widths.size(); ++k) {
    layers_.emplace_back(widths[k], widths[k + 1]);
    list->register_module(std::to_string(k), layers_.back().ptr());
  }
  register_module("layers", list);
}

torch::Tensor MlpImpl::forward(torch::Tensor x) {
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    x = k + 1 < layers_.size() ? torch::relu(layers_[k](x)) : layers_[k](x);
  }
  return x;
}

}  // namespace medcl::sam
