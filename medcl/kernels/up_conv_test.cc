// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/up_conv.h"

#include <gtest/gtest.h>

namespace medcl::fast {
namespace {

struct Outcome {
  torch::Tensor y, dx, dweight, dbias;
};

Outcome outcome(bool fast, torch::ScalarType type, std::int64_t height, std::int64_t width) {
  torch::manual_seed(3);
  const auto x = torch::randn({2, 5, height, width}, torch::kFloat64)
                     .to(type)
                     .contiguous(torch::MemoryFormat::ChannelsLast)
                     .requires_grad_();
  const auto weight = torch::randn({4, 5, 3, 3}, torch::kFloat64).to(type).requires_grad_();
  const auto bias = torch::randn({4}, torch::kFloat64).to(type).requires_grad_();
  const auto up = [&] {
    return torch::upsample_nearest2d(x, {2 * height, 2 * width}, c10::nullopt, c10::nullopt);
  };
  const auto y = fast ? up_conv(x, weight, bias) : torch::conv2d(up(), weight, bias, 1, 1);
  y.backward(torch::randn(y.sizes(), torch::kFloat64).to(type));
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

void expect_close(const torch::Tensor& a, const torch::Tensor& b, double relative) {
  const double scale = b.abs().max().item<double>();
  EXPECT_LT((a - b).abs().max().item<double>() / scale, relative);
}

TEST(UpConv, EqualsUpSamplingAndConvolutionInValueAndGradient) {
  for (const auto& [type, relative] :
       {std::pair{torch::kFloat64, 1e-13}, std::pair{torch::kFloat32, 1e-5}}) {
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 4}, {7, 3}, {8, 8}}) {
      const auto ours = outcome(true, type, height, width);
      const auto expected = outcome(false, type, height, width);
      ASSERT_EQ(ours.y.sizes(), expected.y.sizes());
      expect_close(ours.y, expected.y, relative);
      expect_close(ours.dx, expected.dx, relative);
      expect_close(ours.dweight, expected.dweight, relative);
      expect_close(ours.dbias, expected.dbias, relative);
      EXPECT_TRUE(ours.y.is_contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
}

}  // namespace
}  // namespace medcl::fast
