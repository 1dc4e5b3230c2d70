// SPDX-License-Identifier: Apache-2.0
#pragma once

// Layers that several parts of SAM share. Parameter names are those of the published checkpoints.
//
// Source: Kirillov et al., Segment Anything, ICCV 2023.
// Shape suffixes: b = batch, p = prompts, n = tokens, c = channels, h, w.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace medcl::sam {

/// Normalises over the channels of each pixel, then scales and shifts them. eps 1e-6.
class LayerNorm2dImpl : public torch::nn::Module {
 public:
  explicit LayerNorm2dImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor& x_bchw);

 private:
  torch::Tensor weight_, bias_;
};
TORCH_MODULE(LayerNorm2d);

enum class Activation { kGelu, kRelu };  ///< the exact GELU, by the error function

/// Two linear layers ("lin1", "lin2") with an activation between them, over the last dimension.
class MlpBlockImpl : public torch::nn::Module {
 public:
  MlpBlockImpl(std::int64_t width, std::int64_t hidden, Activation activation);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Activation activation_;
  torch::nn::Linear lin1_, lin2_;
};
TORCH_MODULE(MlpBlock);

/// Linear layers ("layers.0", "layers.1", ...) with ReLU between them, over the last dimension.
class MlpImpl : public torch::nn::Module {
 public:
  /// `widths`: of the input, of every hidden layer, of the output.
  explicit MlpImpl(const std::vector<std::int64_t>& widths);
  torch::Tensor forward(torch::Tensor x);

 private:
  std::vector<torch::nn::Linear> layers_;
};
TORCH_MODULE(Mlp);

}  // namespace medcl::sam
