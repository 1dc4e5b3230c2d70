// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/own_conv.h"

#include "medcl/core/error.h"
#include "medcl/kernels/amx_passes.h"
#include "medcl/kernels/memory.h"
#include "medcl/kernels/winograd_passes.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <typename T>
winograd::Way<T> best_way(Pass pass, const Shape& shape, const torch::Tensor& weight_oihw) {
  return winograd::ways<T>(pass, shape, weight_oihw.size(1), weight_oihw.size(0)).front();
}

bool on_matrix_units(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw) {
  return is_bf16(x_bchw) && amx::can_convolve(weight_oihw.size(1), weight_oihw.size(0));
}

template <typename T>
torch::Tensor result(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                     const torch::Tensor& bias, const Shape& shape) {
  if (on_matrix_units(x_bchw, weight_oihw)) return amx::convolve(x_bchw, weight_oihw, bias, shape);
  return winograd::convolve(x_bchw, weight_oihw, bias, shape,
                            best_way<T>(Pass::kResult, shape, weight_oihw));
}

template <typename T>
torch::Tensor image_gradient(const torch::Tensor& dy_bchw, const torch::Tensor& weight_oihw,
                             const Shape& shape) {
  if (on_matrix_units(dy_bchw, weight_oihw)) {
    return amx::image_gradient(dy_bchw, weight_oihw, shape);
  }
  return winograd::image_gradient(dy_bchw, weight_oihw, shape,
                                  best_way<T>(Pass::kImageGradient, shape, weight_oihw));
}

template <typename T>
KernelGradients kernel_gradients(const torch::Tensor& x_bchw, const torch::Tensor& dy_bchw,
                                 const torch::Tensor& weight_oihw, const Shape& shape) {
  if (on_matrix_units(x_bchw, weight_oihw)) {
    return amx::kernel_gradients(x_bchw, dy_bchw, weight_oihw, shape);
  }
  return winograd::kernel_gradients(x_bchw, dy_bchw, weight_oihw, shape,
                                    best_way<T>(Pass::kKernelGradient, shape, weight_oihw));
}

/// A bias without values stands for none: a Function takes no undefined tensor.
class OwnConv : public torch::autograd::Function<OwnConv> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight_oihw, const torch::Tensor& bias, bool up,
                               std::int64_t padding) {
    const torch::Tensor weight = weight_oihw.contiguous(torch::MemoryFormat::ChannelsLast);
    context->save_for_backward({x_bchw, weight});
    context->saved_data["up"] = up;
    context->saved_data["padding"] = padding;
    const torch::Tensor shift =
        bias.numel() > 0 ? bias.to(torch::kFloat32).contiguous() : torch::Tensor();
    const Shape shape{up, padding};
    return is_bf16(x_bchw) ? result<BFloat16>(x_bchw, weight, shift, shape)
                           : result<float>(x_bchw, weight, shift, shape);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x_bchw = saved[0], &weight = saved[1];
    const torch::Tensor dy_bchw = outputs[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const Shape shape{context->saved_data["up"].toBool(), context->saved_data["padding"].toInt()};
    torch::Tensor dx;
    KernelGradients dkernel;
    if (context->needs_input_grad(0)) {
      dx = is_bf16(x_bchw) ? image_gradient<BFloat16>(dy_bchw, weight, shape)
                           : image_gradient<float>(dy_bchw, weight, shape);
    }
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      dkernel = is_bf16(x_bchw) ? kernel_gradients<BFloat16>(x_bchw, dy_bchw, weight, shape)
                                : kernel_gradients<float>(x_bchw, dy_bchw, weight, shape);
    }
    if (!context->needs_input_grad(2)) dkernel.bias = torch::Tensor();
    return {dx, dkernel.weight, dkernel.bias, torch::Tensor(), torch::Tensor()};
  }
};

torch::Tensor apply(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                    const torch::Tensor& bias, const Shape& shape) {
  check(can_own_conv(x_bchw, weight_oihw), "no such convolution of MedCL's own here");
  return OwnConv::apply(x_bchw, weight_oihw, bias.defined() ? bias : torch::empty({0}), shape.up,
                        shape.padding);
}

template <typename T>
bool has_way(std::int64_t in, std::int64_t out) {
  return !winograd::ways<T>(Pass::kResult, {false, 1}, in, out).empty();
}

}  // namespace

bool has_own_conv(torch::ScalarType type, std::int64_t in, std::int64_t out) {
  if (type == torch::kBFloat16) return amx::can_convolve(in, out) || has_way<BFloat16>(in, out);
  return type == torch::kFloat32 && has_way<float>(in, out);
}

bool can_own_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw) {
  return x_bchw.is_cpu() && weight_oihw.scalar_type() == torch::kFloat32 &&
         weight_oihw.size(2) == 3 && weight_oihw.size(3) == 3 && weight_oihw.numel() > 0 &&
         x_bchw.numel() > 0 && x_bchw.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
         has_own_conv(x_bchw.scalar_type(), weight_oihw.size(1), weight_oihw.size(0));
}

torch::Tensor own_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                       const torch::Tensor& bias, std::int64_t padding) {
  return apply(x_bchw, weight_oihw, bias, {.up = false, .padding = padding});
}

torch::Tensor own_conv_rectified(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                                 const torch::Tensor& bias, std::int64_t padding, double slope) {
  check(!torch::GradMode::is_enabled(), "no gradient of a rectified convolution");
  if (can_own_conv(x_bchw, weight_oihw) && on_matrix_units(x_bchw, weight_oihw)) {
    return amx::convolve(x_bchw, weight_oihw.contiguous(torch::MemoryFormat::ChannelsLast),
                         bias.defined() ? bias.to(torch::kFloat32).contiguous() : bias,
                         {.up = false, .padding = padding}, slope);
  }
  torch::Tensor y_bchw = own_conv(x_bchw, weight_oihw, bias, padding);
  return torch::leaky_relu_(y_bchw, slope);
}

torch::Tensor own_up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                          const torch::Tensor& bias) {
  return apply(x_bchw, weight_oihw, bias, {.up = true, .padding = 1});
}

}  // namespace medcl::fast
