// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/norm_rectify.h"

#include "medcl/core/error.h"
#include "medcl/kernels/dropout_key.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/norm_passes.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::vector<float> to_vector(const torch::Tensor& values) {
  const torch::Tensor plain = values.detach().contiguous();
  return {plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()};
}

Rectification rectification(double slope, bool halve = false,
                            const torch::Tensor& beside_bchw = {}) {
  return {.halve = halve,
          .slope = static_cast<float>(slope),
          .dropout = {},
          .beside_bchw = beside_bchw.defined() ? beside_bchw.detach() : beside_bchw};
}

class NormRectify : public torch::autograd::Function<NormRectify> {
 public:
  /// The result; where it is halved, that too.
  static variable_list forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& mean, const torch::Tensor& inverse,
                               const Rectification& how) {
    context->save_for_backward({x_bchw, weight, bias, mean, inverse});
    context->saved_data["halve"] = how.halve;
    context->saved_data["slope"] = static_cast<double>(how.slope);
    context->saved_data["key"] = static_cast<std::int64_t>(how.dropout.key);
    context->saved_data["threshold"] = static_cast<std::int64_t>(how.dropout.threshold);
    context->saved_data["scale"] = static_cast<double>(how.dropout.scale);
    return rectified(x_bchw, normalisation({x_bchw, weight, bias, mean, inverse}), how);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const auto number = [&](const char* name) {
      return static_cast<float>(context->saved_data[name].toDouble());
    };
    const auto bits = [&](const char* name) {
      return static_cast<std::uint32_t>(context->saved_data[name].toInt());
    };
    const Rectification how{
        .halve = context->saved_data["halve"].toBool(),
        .slope = number("slope"),
        .dropout = {.key = bits("key"), .threshold = bits("threshold"), .scale = number("scale")},
        .beside_bchw = {}};
    const NormGradients result = norm_gradients(saved[0], outputs, normalisation(saved), how);
    return {result.x_bchw, result.weight, result.bias, {}, {}, {}};
  }

 private:
  static Normalisation normalisation(const variable_list& saved) {
    return {.mean = to_vector(saved[3]),
            .inverse = to_vector(saved[4]),
            .weight = to_vector(saved[1]),
            .bias = to_vector(saved[2])};
  }
};

void update_running(torch::nn::BatchNorm2d& norm, const Statistics& statistics) {
  const torch::NoGradGuard no_grad;
  const double momentum = norm->options.momentum().value();
  norm->running_mean.lerp_(torch::tensor(statistics.mean), momentum);
  norm->running_var.lerp_(torch::tensor(statistics.unbiased_variance), momentum);
  norm->num_batches_tracked.add_(1);
}

variable_list normalised(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm,
                         const Rectification& how) {
  const Statistics statistics = batch_statistics(x_bchw.detach(), norm->options.eps());
  update_running(norm, statistics);
  return NormRectify::apply(x_bchw, norm->weight, norm->bias, torch::tensor(statistics.mean),
                            torch::tensor(statistics.inverse), how);
}

variable_list unnormalised(const torch::Tensor& x_bchw, const Rectification& how) {
  check(!torch::GradMode::is_enabled(), "no gradient of a result without normalisation");
  const std::vector<float> zeros(static_cast<std::size_t>(x_bchw.size(1)), 0.0F);
  const std::vector<float> ones(zeros.size(), 1.0F);
  return rectified(x_bchw, {.mean = zeros, .inverse = ones, .weight = ones, .bias = zeros}, how);
}

void require_even(const torch::Tensor& x_bchw) {
  check(x_bchw.size(2) % 2 == 0 && x_bchw.size(3) % 2 == 0, "only even sizes can be halved");
}

}  // namespace

bool can_norm_rectify(const torch::Tensor& x_bchw) {
  const bool known_type = x_bchw.scalar_type() == torch::kFloat32 || is_bf16(x_bchw);
  return x_bchw.device().is_cpu() && known_type && x_bchw.dim() == 4 &&
         x_bchw.is_contiguous(torch::MemoryFormat::ChannelsLast) && x_bchw.numel() > x_bchw.size(1);
}

torch::Tensor norm_rectify(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm, double slope,
                           double dropout, std::uint64_t dropout_key,
                           const torch::Tensor& beside_bchw) {
  Rectification how = rectification(slope, /*halve=*/false, beside_bchw);
  how.dropout = dropout_of(dropout, dropout_key);
  return normalised(x_bchw, norm, how)[0];
}

Halved norm_rectify_halve(const torch::Tensor& x_bchw, torch::nn::BatchNorm2d& norm, double slope) {
  require_even(x_bchw);
  const variable_list results = normalised(x_bchw, norm, rectification(slope, /*halve=*/true));
  return {results[0], results[1]};
}

torch::Tensor rectify(const torch::Tensor& x_bchw, double slope, const torch::Tensor& beside_bchw) {
  return unnormalised(x_bchw, rectification(slope, /*halve=*/false, beside_bchw))[0];
}

Halved rectify_halve(const torch::Tensor& x_bchw, double slope) {
  require_even(x_bchw);
  const variable_list results = unnormalised(x_bchw, rectification(slope, /*halve=*/true));
  return {results[0], results[1]};
}

}  // namespace medcl::fast
