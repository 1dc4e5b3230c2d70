// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/fast/up_conv.h"

#include "medcl/core/error.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Output pixels of one parity within the result, and where they lie in a 2 x 2 convolution with
/// padding 1, whose result is a pixel larger than its input: even pixels see the input before and
/// at their place, odd ones at and after it.
torch::Tensor parity(const torch::Tensor& full_bchw, std::int64_t row, std::int64_t column) {
  return full_bchw.slice(2, row, c10::nullopt, 2).slice(3, column, c10::nullopt, 2);
}
torch::Tensor inner(const torch::Tensor& part_bchw, std::int64_t row, std::int64_t column) {
  return part_bchw.narrow(2, row, part_bchw.size(2) - 1).narrow(3, column, part_bchw.size(3) - 1);
}

/// Four results of 2 x 2 convolutions (even-even, even-odd, odd-even, odd-odd) -> one image.
class Interleave : public torch::autograd::Function<Interleave> {
 public:
  static torch::Tensor forward(AutogradContext* /*context*/, const torch::Tensor& part0,
                               const torch::Tensor& part1, const torch::Tensor& part2,
                               const torch::Tensor& part3) {
    const std::array<torch::Tensor, 4> parts{part0, part1, part2, part3};
    torch::Tensor full = torch::empty(
        {part0.size(0), part0.size(1), 2 * (part0.size(2) - 1), 2 * (part0.size(3) - 1)},
        part0.options(), torch::MemoryFormat::ChannelsLast);
    for (std::int64_t p = 0; p < 4; ++p) {
      parity(full, p / 2, p % 2).copy_(inner(parts[static_cast<std::size_t>(p)], p / 2, p % 2));
    }
    return full;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& outputs) {
    const torch::Tensor& full = outputs[0];
    variable_list gradients;
    for (std::int64_t p = 0; p < 4; ++p) {
      torch::Tensor part =
          torch::empty({full.size(0), full.size(1), full.size(2) / 2 + 1, full.size(3) / 2 + 1},
                       full.options(), torch::MemoryFormat::ChannelsLast);
      part.select(2, p / 2 == 0 ? part.size(2) - 1 : 0).zero_();
      part.select(3, p % 2 == 0 ? part.size(3) - 1 : 0).zero_();
      inner(part, p / 2, p % 2).copy_(parity(full, p / 2, p % 2));
      gradients.push_back(part);
    }
    return gradients;
  }
};

/// Rows of the 3-tap kernel that fall on the same input pixel: [parity][2 taps][3 taps].
torch::Tensor tap_sums(const torch::TensorOptions& options) {
  return torch::tensor({1.0, 0.0, 0.0, 0.0, 1.0, 1.0,   // even: before; at
                        1.0, 1.0, 0.0, 0.0, 0.0, 1.0},  // odd: at; after
                       torch::kFloat64)
      .view({2, 2, 3})
      .to(options);
}

}  // namespace

torch::Tensor up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                      const torch::Tensor& bias) {
  check(weight_oihw.dim() == 4 && weight_oihw.size(2) == 3 && weight_oihw.size(3) == 3,
        "up_conv takes a 3 x 3 kernel");
  const torch::Tensor sums = tap_sums(weight_oihw.options().requires_grad(false));
  const torch::Tensor small_bias = bias.to(x_bchw.scalar_type());
  std::array<torch::Tensor, 4> parts;
  for (std::int64_t p = 0; p < 4; ++p) {
    const torch::Tensor kernel =
        torch::matmul(torch::matmul(sums[p / 2], weight_oihw), sums[p % 2].t());
    parts[static_cast<std::size_t>(p)] = torch::conv2d(
        x_bchw, kernel.to(x_bchw.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast),
        small_bias,
        /*stride=*/1, /*padding=*/1);
  }
  return Interleave::apply(parts[0], parts[1], parts[2], parts[3]);
}

}  // namespace medcl::fast
