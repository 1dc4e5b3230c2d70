// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/unet/blocks.h"

#include "medcl/core/error.h"
#include "medcl/kernels/cuda/norm_rectify.h"
#include "medcl/kernels/dropout_key.h"
#include "medcl/kernels/norm_rectify.h"
#include "medcl/kernels/own_conv.h"
#include "medcl/kernels/up_conv.h"

namespace medcl::unet {
namespace {

constexpr double kLeakySlope = 0.01;

struct Rectify {
  bool training = false, fused = true;
  double dropout = 0.0;

  /// Whether a result with `channels` channels for this input goes through the fused GPU kernels.
  [[nodiscard]] bool on_gpu(const torch::Tensor& x_bchw, const Conv& conv) const {
    return fused && (training || !torch::GradMode::is_enabled()) &&
           fast::cuda::can_norm_rectify(x_bchw, conv->channels_out());
  }
};

/// The bias is left to the normalisation, which takes it away again.
Kernel without_bias(const Conv& conv) { return {.weight = conv->kernel().weight, .bias = {}}; }

fast::cuda::NormRectify gpu_rectify(const Conv& conv, const torch::nn::BatchNorm2d& norm) {
  return {norm, conv->kernel().bias, kLeakySlope};
}

/// Dropout of the position's hash needs a key; without dropout nothing is drawn.
fast::DropoutKey dropout_key(double dropout) {
  return dropout > 0.0 ? fast::next_dropout_key() : fast::DropoutKey{};
}

/// libtorch's dropout draws from the generator, which the repetitions of recorded work do not.
void require_unrecorded() {
  if (fast::RecordedKeys::current() != nullptr) {
    fail(ErrorCode::kFailure, {.what = "libtorch's dropout cannot be recorded",
                               .expected = "a number of channels that the fused one takes",
                               .remedy = "set train.graphs=false"});
  }
}

/// In prediction the normalisation is part of the kernel.
bool predicts(const Rectify& options) {
  return !options.training && !torch::GradMode::is_enabled();
}

/// `convolve` takes the kernel to use. The result lies in the room behind `beside_bchw`, if that is
/// defined and has any.
template <typename Convolve>
torch::Tensor conv_norm_rectify(const Conv& conv, torch::nn::BatchNorm2d& norm,
                                const Rectify& options, const Convolve& convolve,
                                const torch::Tensor& beside_bchw = {}) {
  if (predicts(options)) {
    Kernel kernel = conv->kernel_with(norm);
    if (!beside_bchw.defined()) {
      kernel.slope = kLeakySlope;
      return convolve(kernel);
    }
    torch::Tensor y_bchw = convolve(kernel);
    return options.fused && fast::can_norm_rectify(y_bchw)
               ? fast::rectify(y_bchw, kLeakySlope, beside_bchw)
               : torch::leaky_relu_(y_bchw, kLeakySlope);
  }
  const torch::Tensor features_bchw = convolve(conv->kernel());
  const double dropout = options.training ? options.dropout : 0.0;
  if (options.training && options.fused && fast::can_norm_rectify(features_bchw)) {
    return fast::norm_rectify(features_bchw, norm, kLeakySlope, dropout, dropout_key(dropout).value,
                              beside_bchw);
  }
  // In place: the gradient of LeakyReLU needs only its result, that of BatchNorm only its input.
  torch::Tensor y_bchw = norm->forward(features_bchw);
  y_bchw = torch::leaky_relu_(y_bchw, kLeakySlope);
  if (dropout <= 0.0) return y_bchw;
  require_unrecorded();
  return torch::dropout(y_bchw, dropout, /*train=*/true);
}

/// Whether the result of this convolution for this input has even sides, which can be halved.
bool is_even(const torch::Tensor& x_bchw, const Conv& conv) {
  return conv->padding() == 1 && x_bchw.size(2) % 2 == 0 && x_bchw.size(3) % 2 == 0;
}

/// Whether the CPU halves an even result in the pass that rectifies it.
bool halves(const torch::Tensor& x_bchw, const Rectify& options) {
  return options.fused && (options.training || predicts(options)) && fast::can_norm_rectify(x_bchw);
}

Halved conv_norm_rectify_halve(Conv& conv, torch::nn::BatchNorm2d& norm, const Rectify& options,
                               const torch::Tensor& x_bchw) {
  return predicts(options)
             ? fast::rectify_halve(conv->convolve(x_bchw, conv->kernel_with(norm)), kLeakySlope)
             : fast::norm_rectify_halve(conv->forward(x_bchw), norm, kLeakySlope);
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
  const bool rectifies = kernel.slope != 1.0;
  if (fused_ && fast::can_own_conv(x_bchw, kernel.weight)) {
    return rectifies ? fast::own_conv_rectified(x_bchw, kernel.weight, kernel.bias, padding_,
                                                kernel.slope)
                     : fast::own_conv(x_bchw, kernel.weight, kernel.bias, padding_);
  }
  const auto type = x_bchw.scalar_type();
  torch::Tensor y_bchw =
      torch::conv2d(x_bchw, kernel.weight.to(type),
                    kernel.bias.defined() ? kernel.bias.to(type) : torch::Tensor(),
                    /*stride=*/1, padding_);
  return rectifies ? torch::leaky_relu_(y_bchw, kernel.slope) : y_bchw;
}

Kernel ConvImpl::kernel_with(const torch::nn::BatchNorm2d& norm) const {
  const torch::Tensor scale = norm->weight / (norm->running_var + norm->options.eps()).sqrt();
  return {.weight = weight_ * scale.view({-1, 1, 1, 1}),
          .bias = (bias_ - norm->running_mean) * scale + norm->bias};
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

void DoubleConvImpl::set_fused(bool fused) {
  fused_ = fused;
  first_->set_fused(fused);
  second_->set_fused(fused);
}

torch::Tensor DoubleConvImpl::forward(const torch::Tensor& x_bchw) {
  return second_half(first_half(x_bchw));
}

Halved DoubleConvImpl::forward_and_halve(const torch::Tensor& x_bchw) {
  const torch::Tensor middle_bchw = first_half(x_bchw);
  const Rectify options{is_training(), fused_};
  const bool can_halve = is_even(middle_bchw, second_);
  if (can_halve && options.on_gpu(middle_bchw, second_)) {
    return fast::cuda::norm_rectify_halve(second_->convolve(middle_bchw, without_bias(second_)),
                                          gpu_rectify(second_, second_norm_));
  }
  if (can_halve && halves(middle_bchw, options)) {
    return conv_norm_rectify_halve(second_, second_norm_, options, middle_bchw);
  }
  const torch::Tensor full_bchw = second_half(middle_bchw);
  return {full_bchw, torch::max_pool2d(full_bchw, 2)};
}

torch::Tensor DoubleConvImpl::first_half(const torch::Tensor& x_bchw) {
  const Rectify options{is_training(), fused_, dropout_};
  if (options.on_gpu(x_bchw, first_)) {
    const double dropout = is_training() ? dropout_ : 0.0;
    return fast::cuda::norm_rectify(first_->convolve(x_bchw, without_bias(first_)),
                                    gpu_rectify(first_, first_norm_), dropout,
                                    dropout_key(dropout));
  }
  return conv_norm_rectify(first_, first_norm_, options,
                           [&](const Kernel& kernel) { return first_->convolve(x_bchw, kernel); });
}

torch::Tensor DoubleConvImpl::second_half(const torch::Tensor& x_bchw) {
  const Rectify options{is_training(), fused_};
  if (options.on_gpu(x_bchw, second_)) {
    return fast::cuda::norm_rectify(second_->convolve(x_bchw, without_bias(second_)),
                                    gpu_rectify(second_, second_norm_), 0, {});
  }
  return conv_norm_rectify(second_, second_norm_, options,
                           [&](const Kernel& kernel) { return second_->convolve(x_bchw, kernel); });
}

UpConvImpl::UpConvImpl(std::int64_t in, std::int64_t out, const NormOptions& options)
    : conv_(in, out, 3, 1), norm_(make_norm(out, options)) {
  const auto layers = std::make_shared<torch::nn::Module>("up");
  layers->register_module("1", conv_.ptr());
  layers->register_module("2", norm_.ptr());
  register_module("up", layers);
}

void UpConvImpl::set_fused(bool fused) {
  fused_ = fused;
  conv_->set_fused(fused);
}

torch::Tensor UpConvImpl::forward(const torch::Tensor& x_bchw) { return rectified(x_bchw, {}); }

torch::Tensor UpConvImpl::forward_beside(const torch::Tensor& skip_bchw,
                                         const torch::Tensor& x_bchw) {
  return fast::join(skip_bchw, rectified(x_bchw, skip_bchw));
}

torch::Tensor UpConvImpl::rectified(const torch::Tensor& x_bchw, const torch::Tensor& skip_bchw) {
  const Rectify options{is_training(), fused_};
  if (options.on_gpu(x_bchw, conv_)) {
    conv_->note_input({x_bchw.size(0), x_bchw.size(1), 2 * x_bchw.size(2), 2 * x_bchw.size(3)});
    return fast::cuda::norm_rectify_up(fast::up_conv_parts(x_bchw, conv_->kernel().weight, {}),
                                       gpu_rectify(conv_, norm_), skip_bchw);
  }
  return conv_norm_rectify(
      conv_, norm_, options, [&](const Kernel& kernel) { return up_convolve(x_bchw, kernel); },
      skip_bchw);
}

torch::Tensor UpConvImpl::up_convolve(const torch::Tensor& x_bchw, const Kernel& kernel) {
  const std::int64_t height = x_bchw.size(2) * 2, width = x_bchw.size(3) * 2;
  if (fused_) {
    conv_->note_input({x_bchw.size(0), x_bchw.size(1), height, width});
    torch::Tensor y_bchw = fast::up_conv(x_bchw, kernel.weight, kernel.bias);
    return kernel.slope != 1.0 ? torch::leaky_relu_(y_bchw, kernel.slope) : y_bchw;
  }
  return conv_->convolve(
      torch::upsample_nearest2d(x_bchw, {height, width}, c10::nullopt, c10::nullopt), kernel);
}

}  // namespace medcl::unet
