// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/blocks.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

#include "medcl/model/fast/norm_rectify.h"
#include "medcl/model/fast/up_conv.h"

namespace medcl::unet {
namespace {

constexpr double kLeakySlope = 0.01;

/// From libtorch's generator, as its own dropout draws: a training step seeds it.
std::uint64_t next_dropout_key() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

struct Rectify {
  bool training = false, fused = true;
  double dropout = 0.0;
};

/// `convolve` takes the kernel to use: in prediction the normalisation is part of it.
template <typename Convolve>
torch::Tensor conv_norm_rectify(const Conv& conv, torch::nn::BatchNorm2d& norm,
                                const Rectify& options, const Convolve& convolve) {
  if (!options.training && !torch::GradMode::is_enabled()) {
    torch::Tensor y_bchw = convolve(conv->kernel_with(norm));
    return torch::leaky_relu_(y_bchw, kLeakySlope);
  }
  const torch::Tensor features_bchw = convolve(conv->kernel());
  const double dropout = options.training ? options.dropout : 0.0;
  if (options.training && options.fused && fast::can_norm_rectify(features_bchw)) {
    const std::uint64_t key = dropout > 0.0 ? next_dropout_key() : 0;
    return fast::norm_rectify(features_bchw, norm, kLeakySlope, dropout, key);
  }
  // In place: the gradient of LeakyReLU needs only its result, that of BatchNorm only its input.
  torch::Tensor y_bchw = norm->forward(features_bchw);
  y_bchw = torch::leaky_relu_(y_bchw, kLeakySlope);
  return dropout > 0.0 ? torch::dropout(y_bchw, dropout, /*train=*/true) : y_bchw;
}

torch::nn::BatchNorm2d make_norm(std::int64_t channels, const NormOptions& options = {}) {
  return torch::nn::BatchNorm2d(
      torch::nn::BatchNorm2dOptions(channels).eps(options.eps).momentum(options.momentum));
}

}  // namespace

torch::Tensor prepare_input(const torch::Tensor& image_bchw, torch::ScalarType compute_type) {
  // `to`, unlike `contiguous`, also gives single-channel images unambiguous channels-last strides.
  return image_bchw.to(image_bchw.options().dtype(compute_type), /*non_blocking=*/false,
                       /*copy=*/false, torch::MemoryFormat::ChannelsLast);
}

ConvImpl::ConvImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t padding)
    : padding_(padding),
      weight_(register_parameter("weight", torch::empty({out, in, kernel, kernel}, torch::kFloat32,
                                                        torch::MemoryFormat::ChannelsLast))),
      bias_(register_parameter("bias", torch::empty({out}))) {}

torch::Tensor ConvImpl::convolve(const torch::Tensor& x_bchw, const Kernel& kernel) {
  note_input(x_bchw.sizes().vec());
  const auto type = x_bchw.scalar_type();
  return torch::conv2d(x_bchw, kernel.weight.to(type), kernel.bias.to(type), /*stride=*/1,
                       padding_);
}

Kernel ConvImpl::kernel_with(const torch::nn::BatchNorm2d& norm) const {
  const torch::Tensor scale = norm->weight / (norm->running_var + norm->options.eps()).sqrt();
  return {weight_ * scale.view({-1, 1, 1, 1}), (bias_ - norm->running_mean) * scale + norm->bias};
}

DoubleConvImpl::DoubleConvImpl(std::int64_t in, std::int64_t out, const DoubleConvOptions& options)
    : dropout_(options.dropout),
      first_(in, out, 3, options.padding),
      second_(out, out, 3, options.padding),
      first_norm_(make_norm(out)),
      second_norm_(make_norm(out, options.second_norm)) {
  // The names of the published checkpoints, whose block is a Sequential called "conv".
  const auto layers = std::make_shared<torch::nn::Module>("conv");
  layers->register_module("0", first_.ptr());
  layers->register_module("1", first_norm_.ptr());
  layers->register_module("4", second_.ptr());
  layers->register_module("5", second_norm_.ptr());
  register_module("conv", layers);
}

torch::Tensor DoubleConvImpl::forward(const torch::Tensor& x_bchw) {
  const Rectify second{.training = is_training(), .fused = fused_};
  Rectify first = second;
  first.dropout = dropout_;
  const torch::Tensor x = conv_norm_rectify(first_, first_norm_, first, [&](const Kernel& kernel) {
    return first_->convolve(x_bchw, kernel);
  });
  return conv_norm_rectify(second_, second_norm_, second,
                           [&](const Kernel& kernel) { return second_->convolve(x, kernel); });
}

UpConvImpl::UpConvImpl(std::int64_t in, std::int64_t out, const NormOptions& options)
    : conv_(in, out, 3, 1), norm_(make_norm(out, options)) {
  const auto layers = std::make_shared<torch::nn::Module>("up");
  layers->register_module("1", conv_.ptr());
  layers->register_module("2", norm_.ptr());
  register_module("up", layers);
}

torch::Tensor UpConvImpl::forward(const torch::Tensor& x_bchw) {
  return conv_norm_rectify(conv_, norm_, {.training = is_training(), .fused = fused_},
                           [&](const Kernel& kernel) { return up_convolve(x_bchw, kernel); });
}

torch::Tensor UpConvImpl::up_convolve(const torch::Tensor& x_bchw, const Kernel& kernel) {
  const std::int64_t height = x_bchw.size(2) * 2, width = x_bchw.size(3) * 2;
  if (fused_ && x_bchw.device().is_cpu()) {
    conv_->note_input({x_bchw.size(0), x_bchw.size(1), height, width});
    return fast::up_conv(x_bchw, kernel.weight, kernel.bias);
  }
  return conv_->convolve(
      torch::upsample_nearest2d(x_bchw, {height, width}, c10::nullopt, c10::nullopt), kernel);
}

}  // namespace medcl::unet
