// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/blocks.h"

namespace medcl::unet {
namespace {

constexpr double kLeakySlope = 0.01;

// In place: the backward pass of LeakyReLU needs only its result, that of BatchNorm only its input.
torch::Tensor normalise_and_rectify(torch::nn::BatchNorm2d& norm, const torch::Tensor& x_bchw) {
  torch::Tensor y_bchw = norm->forward(x_bchw);
  return torch::leaky_relu_(y_bchw, kLeakySlope);
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

torch::Tensor ConvImpl::forward(const torch::Tensor& x_bchw) {
  const auto type = x_bchw.scalar_type();
  return torch::conv2d(x_bchw, weight_.to(type), bias_.to(type), /*stride=*/1, padding_);
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
  torch::Tensor x = normalise_and_rectify(first_norm_, first_(x_bchw));
  if (is_training() && dropout_ > 0.0) x = torch::dropout(x, dropout_, /*train=*/true);
  return normalise_and_rectify(second_norm_, second_(x));
}

UpConvImpl::UpConvImpl(std::int64_t in, std::int64_t out, const NormOptions& options)
    : conv_(in, out, 3, 1), norm_(make_norm(out, options)) {
  const auto layers = std::make_shared<torch::nn::Module>("up");
  layers->register_module("1", conv_.ptr());
  layers->register_module("2", norm_.ptr());
  register_module("up", layers);
}

torch::Tensor UpConvImpl::forward(const torch::Tensor& x_bchw) {
  const torch::Tensor up = torch::upsample_nearest2d(
      x_bchw, {x_bchw.size(2) * 2, x_bchw.size(3) * 2}, c10::nullopt, c10::nullopt);
  return normalise_and_rectify(norm_, conv_(up));
}

}  // namespace medcl::unet
