// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/cast.h"

#include <gtest/gtest.h>

#include <limits>

namespace medcl::fast {
namespace {

TEST(Cast, GivesTheValuesThatLibtorchGives) {
  torch::manual_seed(3);
  torch::Tensor x = torch::randn({300, 501}) * 1e3;
  x[0][0] = std::numeric_limits<float>::infinity();
  x[0][1] = -std::numeric_limits<float>::infinity();
  x[0][2] = 1.00390625F;  // half-way between two
  x[0][3] = 0.0F;
  const torch::Tensor narrow = cast(x, torch::kBFloat16);
  EXPECT_TRUE(torch::equal(narrow, x.to(torch::kBFloat16)));
  EXPECT_TRUE(torch::equal(cast(narrow, torch::kFloat32), narrow.to(torch::kFloat32)));
  EXPECT_TRUE(
      std::isnan(cast(torch::full({1}, std::numeric_limits<float>::quiet_NaN()), torch::kBFloat16)
                     .item<float>()));
}

TEST(Cast, HandsItsGradientBackInTheOtherType) {
  const torch::Tensor x = torch::randn({7, 9}).requires_grad_();
  const torch::Tensor dy = torch::randn({7, 9}).to(torch::kBFloat16);
  cast(x, torch::kBFloat16).backward(dy);
  EXPECT_EQ(x.grad().scalar_type(), torch::kFloat32);
  EXPECT_TRUE(torch::equal(x.grad(), dy.to(torch::kFloat32)));
}

TEST(Cast, LeavesOtherTensorsToLibtorch) {
  const torch::Tensor x = torch::randn({4, 6});
  EXPECT_TRUE(torch::equal(cast(x.t(), torch::kBFloat16), x.t().to(torch::kBFloat16)));
  EXPECT_TRUE(torch::equal(cast(x, torch::kFloat64), x.to(torch::kFloat64)));
  EXPECT_EQ(cast(torch::empty({0, 3}), torch::kBFloat16).numel(), 0);
}

}  // namespace
}  // namespace medcl::fast
