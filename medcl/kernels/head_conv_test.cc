// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/head_conv.h"

#include <gtest/gtest.h>

#include <tuple>

namespace medcl::fast {
namespace {

struct Operands {
  torch::Tensor x, weight, bias, dy;
};

Operands operands_of(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t height,
                     std::int64_t width, torch::ScalarType type) {
  torch::manual_seed(5);
  return {.x = torch::randn({batch, in, height, width})
                   .to(type)
                   .contiguous(torch::MemoryFormat::ChannelsLast),
          .weight = torch::randn({out, in, 1, 1}),
          .bias = torch::randn({out}),
          .dy = torch::randn({batch, out, height, width})};
}

template <typename Convolve>
std::vector<torch::Tensor> results_of(const Operands& o, torch::ScalarType type,
                                      const Convolve& convolve) {
  const auto leaf = [](const torch::Tensor& t) { return t.detach().clone().requires_grad_(); };
  const torch::Tensor x = leaf(o.x.to(type)), weight = leaf(o.weight), bias = leaf(o.bias);
  const torch::Tensor y = convolve(x, weight, bias);
  y.backward(o.dy.to(y.scalar_type()));
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

class HeadConvOf : public testing::TestWithParam<std::tuple<torch::ScalarType, std::int64_t>> {
 protected:
  [[nodiscard]] static torch::ScalarType type() { return std::get<0>(GetParam()); }
  [[nodiscard]] static Operands operands() {
    const std::int64_t classes = std::get<1>(GetParam());
    return operands_of(2, 5 + 11 * (classes % 2), classes, 67, 71, type());
  }
};

TEST_P(HeadConvOf, EqualsTheConvolutionInDoublePrecision) {
  const Operands o = operands();
  const auto exact = results_of(
      o, torch::kFloat64, [](const torch::Tensor& x, const torch::Tensor& w, const auto& b) {
        return torch::conv2d(x, w.to(torch::kFloat64), b.to(torch::kFloat64));
      });
  const auto ours = results_of(
      o, type(), [](const auto& x, const auto& w, const auto& b) { return head_conv(x, w, b); });
  EXPECT_TRUE(ours[0].is_contiguous());
  EXPECT_EQ(ours[0].scalar_type(), torch::kFloat32);
  EXPECT_EQ(ours[1].scalar_type(), type());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    ASSERT_EQ(ours[i].sizes(), exact[i].sizes()) << i;
    const torch::Tensor right = exact[i].to(torch::kFloat64);
    const double error =
        ((ours[i].to(torch::kFloat64) - right).norm() / right.norm()).item<double>();
    const bool is_rounded = i == 1 && type() == torch::kBFloat16;
    EXPECT_LT(error, is_rounded ? 1.0 / 256 : 1e-5) << i;
  }
}

TEST_P(HeadConvOf, DoesNotDependOnTheNumberOfThreads) {
  const Operands o = operands();
  const auto all = [&] {
    return results_of(
        o, type(), [](const auto& x, const auto& w, const auto& b) { return head_conv(x, w, b); });
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = all();
  at::set_num_threads(3);
  const auto three = all();
  at::set_num_threads(threads);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], three[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(TypesAndClasses, HeadConvOf,
                         testing::Combine(testing::Values(torch::kFloat32, torch::kBFloat16),
                                          testing::Values(1, 4, 33)));

TEST(HeadConv, TakesNoBiasAndOnlyImagesByPixels) {
  const Operands o = operands_of(1, 16, 4, 8, 8, torch::kFloat32);
  EXPECT_LT((head_conv(o.x, o.weight, {}) - torch::conv2d(o.x, o.weight)).abs().max().item<float>(),
            1e-5F);
  EXPECT_FALSE(can_head_conv(o.x.contiguous(), o.weight));
  EXPECT_FALSE(can_head_conv(o.x, torch::zeros({4, 16, 3, 3})));
  EXPECT_FALSE(can_head_conv(o.x.to(torch::kFloat64), o.weight));
}

}  // namespace
}  // namespace medcl::fast
