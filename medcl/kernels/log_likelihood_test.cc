// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/log_likelihood.h"

#include <gtest/gtest.h>

namespace medcl::fast {
namespace {

struct Maps {
  torch::Tensor logits, target;
};

Maps maps_of(at::IntArrayRef sizes, torch::ScalarType type) {
  torch::manual_seed(6);
  return {(torch::randn(sizes) * 5).to(type).requires_grad_(),
          (torch::rand(sizes) * torch::rand(sizes).gt(0.6)).to(type)};
}

torch::Tensor plain(const torch::Tensor& logits, const torch::Tensor& target) {
  return (target * torch::log_softmax(logits, 1)).sum();
}

TEST(LogLikelihood, EqualsItsDefinitionAndSoDoesItsGradient) {
  for (const std::vector<std::int64_t>& sizes :
       {std::vector<std::int64_t>{3, 4, 9, 7}, {1, 2, 5, 6, 7}, {5, 1, 4, 4}}) {
    const Maps maps = maps_of(sizes, torch::kFloat64);
    const torch::Tensor ours = log_likelihood(maps.logits, maps.target);
    const torch::Tensor right = plain(maps.logits, maps.target);
    EXPECT_NEAR(ours.item<double>(), right.item<double>(), 1e-10);
    const auto gradient = [&](const torch::Tensor& sum) {
      return torch::autograd::grad({3 * sum}, {maps.logits})[0];
    };
    EXPECT_LT((gradient(ours) - gradient(right)).abs().max().item<double>(), 1e-12);
  }
}

TEST(LogLikelihood, DoesNotDependOnTheNumberOfThreads) {
  const Maps maps = maps_of({6, 4, 50, 51}, torch::kFloat32);
  const auto both = [&] {
    const torch::Tensor sum = log_likelihood(maps.logits, maps.target);
    return std::pair{sum.detach(), torch::autograd::grad({sum}, {maps.logits})[0]};
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = both();
  at::set_num_threads(3);
  const auto three = both();
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(one.first, three.first));
  EXPECT_TRUE(torch::equal(one.second, three.second));
}

TEST(LogLikelihood, HasTheGradientOfATargetToo) {
  const Maps maps = maps_of({2, 3, 4, 4}, torch::kFloat64);
  const torch::Tensor target = maps.target.clone().requires_grad_();
  log_likelihood(maps.logits, target).backward();
  EXPECT_TRUE(torch::allclose(target.grad(), torch::log_softmax(maps.logits, 1).detach()));
}

TEST(Softmax, EqualsItsDefinitionAndSoDoesItsGradient) {
  for (const std::vector<std::int64_t>& sizes :
       {std::vector<std::int64_t>{3, 4, 9, 7}, {1, 2, 5, 6, 7}, {5, 1, 4, 4}}) {
    const Maps maps = maps_of(sizes, torch::kFloat64);
    const auto of = [&](const torch::Tensor& prob) {
      return torch::autograd::grad({(prob * maps.target).sum()}, {maps.logits})[0];
    };
    const torch::Tensor ours = softmax(maps.logits), right = torch::softmax(maps.logits, 1);
    EXPECT_TRUE(torch::equal(ours, right));
    EXPECT_TRUE(torch::allclose(of(ours), of(right), 0, 1e-14));
  }
}

}  // namespace
}  // namespace medcl::fast
