// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/up_conv.h"

#include <ATen/Dispatch.h>

#include <algorithm>
#include <array>

#include "medcl/core/error.h"
#include "medcl/kernels/own_conv.h"

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

/// Results of the four 2 x 2 convolutions (even-even, even-odd, odd-even, odd-odd) side by side as
/// channels -> one image.
class Interleave : public torch::autograd::Function<Interleave> {
 public:
  static torch::Tensor forward(AutogradContext* /*context*/, const torch::Tensor& parts_bchw) {
    const std::int64_t channels = parts_bchw.size(1) / 4;
    torch::Tensor full = torch::empty(
        {parts_bchw.size(0), channels, 2 * (parts_bchw.size(2) - 1), 2 * (parts_bchw.size(3) - 1)},
        parts_bchw.options(), torch::MemoryFormat::ChannelsLast);
    for (std::int64_t p = 0; p < 4; ++p) {
      parity(full, p / 2, p % 2).copy_(part(parts_bchw, p));
    }
    return full;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& outputs) {
    const torch::Tensor& full = outputs[0];
    torch::Tensor parts_bchw =
        torch::empty({full.size(0), 4 * full.size(1), full.size(2) / 2 + 1, full.size(3) / 2 + 1},
                     full.options(), torch::MemoryFormat::ChannelsLast);
    for (const std::int64_t dim : {2, 3}) {  // what no parity reads lies on the rim
      parts_bchw.select(dim, 0).zero_();
      parts_bchw.select(dim, -1).zero_();
    }
    for (std::int64_t p = 0; p < 4; ++p) {
      part(parts_bchw, p).copy_(parity(full, p / 2, p % 2));
    }
    return {parts_bchw};
  }

 private:
  static torch::Tensor part(const torch::Tensor& parts_bchw, std::int64_t p) {
    const std::int64_t channels = parts_bchw.size(1) / 4;
    return inner(parts_bchw.narrow(1, p * channels, channels), p / 2, p % 2);
  }
};

/// Where a tap of the 3-tap kernel falls among the two taps of its parity: even pixels see the
/// input before them once and at their place twice, odd ones the other way round.
constexpr std::array<std::array<std::int64_t, 3>, 2> kTapOf{{{0, 1, 1}, {0, 0, 1}}};

/// Kernels of the four convolutions: [O, I, 3, 3] -> [4, O, I, 2, 2], each entry the sum of the
/// entries that fall on the same input pixel. Plain loops: a BLAS would spend longer on its calls.
template <typename T>
void sum_taps(const T* kernel, std::int64_t count, T* small) {
  std::fill(small, small + 4 * count * 4, T(0));
  for (std::int64_t p = 0; p < 4; ++p) {
    for (std::int64_t n = 0; n < count; ++n) {
      T* to = small + (p * count + n) * 4;
      for (std::int64_t tap = 0; tap < 9; ++tap) {
        to[2 * kTapOf[p / 2][tap / 3] + kTapOf[p % 2][tap % 3]] += kernel[n * 9 + tap];
      }
    }
  }
}

/// The gradient of sum_taps.
template <typename T>
void spread_taps(const T* small, std::int64_t count, T* kernel) {
  std::fill(kernel, kernel + count * 9, T(0));
  for (std::int64_t p = 0; p < 4; ++p) {
    for (std::int64_t n = 0; n < count; ++n) {
      const T* from = small + (p * count + n) * 4;
      for (std::int64_t tap = 0; tap < 9; ++tap) {
        kernel[n * 9 + tap] += from[2 * kTapOf[p / 2][tap / 3] + kTapOf[p % 2][tap % 3]];
      }
    }
  }
}

class TapSums : public torch::autograd::Function<TapSums> {
 public:
  static torch::Tensor forward(AutogradContext* /*context*/, const torch::Tensor& weight_oihw) {
    const torch::Tensor kernel = weight_oihw.contiguous();
    const std::int64_t out = kernel.size(0), in = kernel.size(1);
    torch::Tensor small = torch::empty({4 * out, in, 2, 2}, kernel.options());
    AT_DISPATCH_FLOATING_TYPES(kernel.scalar_type(), "sum_taps", [&] {
      sum_taps(kernel.data_ptr<scalar_t>(), out * in, small.data_ptr<scalar_t>());
    });
    return small;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& outputs) {
    const torch::Tensor small = outputs[0].contiguous();
    const std::int64_t out = small.size(0) / 4, in = small.size(1);
    torch::Tensor kernel = torch::empty({out, in, 3, 3}, small.options());
    AT_DISPATCH_FLOATING_TYPES(small.scalar_type(), "spread_taps", [&] {
      spread_taps(small.data_ptr<scalar_t>(), out * in, kernel.data_ptr<scalar_t>());
    });
    return {kernel};
  }
};

/// As TapSums, as products with the matrices that say which taps meet (kTapOf, parity by tap of two
/// by tap of three): for a GPU, where a few large operations cost little. They are made there, so
/// that no copy has to be waited for.
torch::Tensor tap_sums_by_products(const torch::Tensor& weight_oihw) {
  const auto two = torch::arange(2, weight_oihw.options());
  const auto three = torch::arange(3, weight_oihw.options());
  const torch::Tensor falls_on_pt = ((three + 1 - two.view({2, 1})) * 0.5).floor();
  const torch::Tensor meets_pkt =
      falls_on_pt.unsqueeze(1).eq(two.view({2, 1})).to(weight_oihw.scalar_type());
  return torch::einsum("pks,qlt,oist->pqoikl", {meets_pkt, meets_pkt, weight_oihw})
      .reshape({4 * weight_oihw.size(0), weight_oihw.size(1), 2, 2});
}

torch::Tensor tap_sums(const torch::Tensor& weight_oihw) {
  return weight_oihw.is_cpu() ? TapSums::apply(weight_oihw) : tap_sums_by_products(weight_oihw);
}

}  // namespace

torch::Tensor up_conv_parts(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                            const torch::Tensor& bias) {
  check(weight_oihw.dim() == 4 && weight_oihw.size(2) == 3 && weight_oihw.size(3) == 3,
        "up_conv takes a 3 x 3 kernel");
  const torch::Tensor kernels =
      tap_sums(weight_oihw).to(x_bchw.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor bias4 =
      bias.defined() ? bias.to(x_bchw.scalar_type()).repeat({4}) : torch::Tensor();
  return torch::conv2d(x_bchw, kernels, bias4, /*stride=*/1, /*padding=*/1);
}

torch::Tensor interleave(const torch::Tensor& parts_bchw) { return Interleave::apply(parts_bchw); }

torch::Tensor up_conv(const torch::Tensor& x_bchw, const torch::Tensor& weight_oihw,
                      const torch::Tensor& bias) {
  if (can_own_conv(x_bchw, weight_oihw)) return own_up_conv(x_bchw, weight_oihw, bias);
  return interleave(up_conv_parts(x_bchw, weight_oihw, bias));
}

}  // namespace medcl::fast
