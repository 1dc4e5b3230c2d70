// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/winograd.h"

#include "medcl/core/error.h"
#include "medcl/model/fast/winograd_passes.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using winograd::Kind;
using winograd::Shape;

/// A bias without values stands for none: a Function takes no undefined tensor.
class WinogradConv : public torch::autograd::Function<WinogradConv> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_bchw,
                               const torch::Tensor& weight_oihw, const torch::Tensor& bias,
                               std::int64_t kind, std::int64_t padding) {
    const torch::Tensor weight = weight_oihw.contiguous(torch::MemoryFormat::ChannelsLast);
    context->save_for_backward({x_bchw, weight});
    const Shape shape{static_cast<Kind>(kind), padding};
    context->saved_data["kind"] = kind;
    context->saved_data["padding"] = padding;
    return winograd::convolve(
        x_bchw, weight, bias.numel() > 0 ? bias.to(torch::kFloat32).contiguous() : torch::Tensor(),
        shape);
  }

  static variable_list backward(AutogradContext* context, const variable_list& outputs) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x_bchw = saved[0], &weight = saved[1];
    const torch::Tensor dy_bchw = outputs[0].contiguous(torch::MemoryFormat::ChannelsLast);
    const Shape shape{static_cast<Kind>(context->saved_data["kind"].toInt()),
                      context->saved_data["padding"].toInt()};
    torch::Tensor dx;
    winograd::KernelGradients dkernel;
    if (context->needs_input_grad(0)) dx = winograd::image_gradient(dy_bchw, weight, shape);
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      dkernel = winograd::kernel_gradients(x_bchw, dy_bchw, weight, shape);
    }
    if (!context->needs_input_grad(2)) dkernel.bias = torch::Tensor();
    return {dx, dkernel.weight, dkernel.bias, torch::Tensor(), torch::Tensor()};
  }
};

torch::Tensor apply(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                    const torch::Tensor& bias, const Shape& shape) {
  return WinogradConv::apply(x_bchw, weight_oihw, bias.defined() ? bias : torch::empty({0}),
                             static_cast<std::int64_t>(shape.kind), shape.padding);
}

}  // namespace

bool can_winograd(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw) {
  const std::int64_t out = weight_oihw.size(0), in = weight_oihw.size(1);
  return winograd::pays() && x_bchw.is_cpu() && x_bchw.scalar_type() == torch::kBFloat16 &&
         weight_oihw.scalar_type() == torch::kFloat32 && weight_oihw.size(2) == 3 &&
         weight_oihw.size(3) == 3 && in % winograd::kPanel == 0 && out % winograd::kPanel == 0 &&
         weight_oihw.numel() > 0 && x_bchw.numel() > 0 &&
         x_bchw.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor winograd_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                            const torch::Tensor& bias, std::int64_t padding) {
  check(can_winograd(x_bchw, weight_oihw), "no such convolution by Winograd here");
  return apply(x_bchw, weight_oihw, bias, {Kind::kSame, padding});
}

torch::Tensor winograd_up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                               const torch::Tensor& bias) {
  check(can_winograd(x_bchw, weight_oihw), "no such convolution by Winograd here");
  return apply(x_bchw, weight_oihw, bias, {Kind::kUp, 1});
}

}  // namespace medcl::fast
