// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/long_linear.h"

#include <gtest/gtest.h>

#include <vector>

#include "medcl/kernels/parallel.h"

namespace medcl::fast {
namespace {

struct Factors {
  torch::Tensor x_rn, w_dn;
};

Factors factors(std::int64_t values) {
  torch::manual_seed(4);
  return {torch::randn({6, values}).to(torch::kBFloat16).requires_grad_(),
          torch::randn({5, values}).to(torch::kBFloat16).requires_grad_()};
}

/// The product, and the gradients of its sum with weights.
std::vector<torch::Tensor> all_of(const torch::Tensor& product, const Factors& of) {
  const torch::Tensor weights = torch::arange(30).view({6, 5}).to(product.scalar_type()) - 14;
  std::vector<torch::Tensor> all =
      torch::autograd::grad({(product * weights).sum()}, {of.x_rn, of.w_dn});
  all.push_back(product.detach());
  return all;
}

TEST(LongLinear, EqualsItsDefinitionWithinTheRoundingOfItsType) {
  for (const std::int64_t values : {3, 8192, 20001}) {
    const Factors of = factors(values);
    const auto ours = all_of(long_linear(of.x_rn, of.w_dn), of);
    const auto right =
        all_of(torch::matmul(of.x_rn.to(torch::kFloat64), of.w_dn.to(torch::kFloat64).t()), of);
    EXPECT_EQ(ours[2].scalar_type(), torch::kFloat32);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      const double size = right[i].to(torch::kFloat64).abs().max().item<double>();
      const torch::Tensor error =
          (ours[i].to(torch::kFloat64) - right[i].to(torch::kFloat64)).abs();
      EXPECT_LT(error.max().item<double>(), size / 100) << values << " " << i;
    }
  }
}

TEST(LongLinear, DoesNotDependOnTheNumberOfThreads) {
  const Factors of = factors(50000);
  compute_pool().set_threads(1);
  const auto one = all_of(long_linear(of.x_rn, of.w_dn), of);
  compute_pool().set_threads(3);
  const auto three = all_of(long_linear(of.x_rn, of.w_dn), of);
  compute_pool().set_threads(1);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], three[i])) << i;
}

}  // namespace
}  // namespace medcl::fast
