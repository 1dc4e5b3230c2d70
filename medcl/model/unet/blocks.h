// SPDX-License-Identifier: Apache-2.0
#pragma once

// Building blocks shared by the U-Nets. Every block computes in the type of its input: float32
// parameters are cast where a bfloat16 tensor meets them, and gradients come back in float32.
//
// Shape suffixes: b = batch, c = channels, h, w. Memory format follows the input.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "medcl/kernels/layout.h"

namespace medcl::unet {

/// Weights and bias of a convolution.
struct Kernel {
  torch::Tensor weight, bias;
  double slope = 1.0;  ///< of a LeakyReLU behind it, in prediction; 1 = none
};

/// 2-d convolution, stride 1, with bias. Its weights are not initialised.
class ConvImpl : public torch::nn::Module {
 public:
  ConvImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t padding);
  torch::Tensor forward(const torch::Tensor& x_bchw) { return convolve(x_bchw, kernel()); }
  /// Without a bias where the kernel has none.
  torch::Tensor convolve(const torch::Tensor& x_bchw, const Kernel& kernel);
  [[nodiscard]] Kernel kernel() const { return {weight_, bias_}; }
  /// That of the convolution followed by a normalisation with running statistics.
  [[nodiscard]] Kernel kernel_with(const torch::nn::BatchNorm2d& norm) const;
  [[nodiscard]] std::int64_t padding() const { return padding_; }
  [[nodiscard]] std::int64_t channels_out() const { return weight_.size(0); }
  /// Of the last convolution; for benchmarks.
  [[nodiscard]] const std::vector<std::int64_t>& input_sizes() const { return input_sizes_; }
  void note_input(std::vector<std::int64_t> sizes) { input_sizes_ = std::move(sizes); }
  void set_fused(bool fused) { fused_ = fused; }
  [[nodiscard]] bool is_fused() const { return fused_; }

 private:
  bool fused_ = true;
  std::vector<std::int64_t> input_sizes_;
  std::int64_t padding_;
  torch::Tensor weight_, bias_;
};
TORCH_MODULE(Conv);

struct NormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
};

struct DoubleConvOptions {
  std::int64_t padding = 1;  ///< 0: each convolution takes a pixel off every side
  double dropout = 0.0;
  NormOptions second_norm{};
};

using fast::Halved;

/// conv 3x3, BatchNorm, LeakyReLU, dropout, conv 3x3, BatchNorm, LeakyReLU.
class DoubleConvImpl : public torch::nn::Module {
 public:
  DoubleConvImpl(std::int64_t in, std::int64_t out, const DoubleConvOptions& options);
  torch::Tensor forward(const torch::Tensor& x_bchw);
  /// The result and its max-pooling by 2.
  Halved forward_and_halve(const torch::Tensor& x_bchw);
  void set_fused(bool fused);

 private:
  torch::Tensor first_half(const torch::Tensor& x_bchw);
  torch::Tensor second_half(const torch::Tensor& x_bchw);

  bool fused_ = true;
  double dropout_;
  Conv first_{nullptr}, second_{nullptr};
  torch::nn::BatchNorm2d first_norm_{nullptr}, second_norm_{nullptr};
};
TORCH_MODULE(DoubleConv);

/// Nearest up-sampling by 2, conv 3x3 (padding 1), BatchNorm, LeakyReLU.
class UpConvImpl : public torch::nn::Module {
 public:
  UpConvImpl(std::int64_t in, std::int64_t out, const NormOptions& options = {});
  torch::Tensor forward(const torch::Tensor& x_bchw);
  /// cat({skip, forward(x)}, 1).
  torch::Tensor forward_beside(const torch::Tensor& skip_bchw, const torch::Tensor& x_bchw);
  void set_fused(bool fused);

 private:
  /// `skip_bchw`: what the result will lie beside, or undefined.
  torch::Tensor rectified(const torch::Tensor& x_bchw, const torch::Tensor& skip_bchw);
  torch::Tensor up_convolve(const torch::Tensor& x_bchw, const Kernel& kernel);

  bool fused_ = true;
  Conv conv_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(UpConv);

/// Dropout of the encoder by level, before it is scaled.
inline constexpr double kLevelDropout[5] = {0.05, 0.1, 0.2, 0.3, 0.5};

/// The image in the type and memory format that convolutions are fast in.
torch::Tensor prepare_input(const torch::Tensor& image_bchw, torch::ScalarType compute_type);

}  // namespace medcl::unet
