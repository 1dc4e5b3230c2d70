// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/by_image.h"

#include <gtest/gtest.h>

namespace medcl::fast {
namespace {

/// Two outputs, one of maps and one of numbers; of the third input none of the second depends.
Tensors chain(const Tensors& inputs) {
  const torch::Tensor product = inputs[0] * inputs[1].sin();
  return {product * inputs[2], product.square().flatten(1).sum(1)};
}

Tensors random_inputs(torch::ScalarType type) {
  torch::manual_seed(3);
  Tensors inputs;
  for (int i = 0; i < 3; ++i) {
    inputs.push_back(torch::randn({5, 3, 8, 6}).to(type).requires_grad_(i != 1));
  }
  return inputs;
}

/// Of the sum of both outputs with weights; the input without a gradient is left out.
Tensors gradients(const Tensors& outputs, const Tensors& inputs) {
  torch::Tensor sum = torch::zeros({}, inputs[0].options());
  for (const torch::Tensor& output : outputs) {
    sum = sum + (output * torch::arange(output.numel()).view_as(output).cos()).sum();
  }
  return torch::autograd::grad({sum}, {inputs[0], inputs[2]}, {}, /*retain_graph=*/true);
}

TEST(ByImage, EqualsTheWorkOnTheBatchAndSoDoesItsGradient) {
  const Tensors inputs = random_inputs(torch::kFloat64);
  const Tensors ours = by_image(chain, inputs), right = chain(inputs);
  ASSERT_EQ(ours.size(), 2U);
  for (std::size_t o = 0; o < 2; ++o) EXPECT_TRUE(torch::allclose(ours[o], right[o], 0, 1e-12));
  const Tensors of_ours = gradients(ours, inputs), of_right = gradients(right, inputs);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(torch::allclose(of_ours[i], of_right[i], 0, 1e-12)) << i;
  }
}

TEST(ByImage, AnOutputThatNobodyUsesHasNoPartInTheGradient) {
  const Tensors inputs = random_inputs(torch::kFloat64);
  const auto of_numbers = [&](const Tensors& outputs) {
    return torch::autograd::grad({outputs[1].sum()}, {inputs[0]})[0];
  };
  EXPECT_TRUE(
      torch::allclose(of_numbers(by_image(chain, inputs)), of_numbers(chain(inputs)), 0, 1e-12));
}

TEST(ByImage, AnInputThatNoOutputDependsOnHasAGradientOfZero) {
  const Tensors inputs = random_inputs(torch::kFloat64);
  const auto first = [](const Tensors& all) { return Tensors{all[0] * 2}; };
  const Tensors of =
      torch::autograd::grad({by_image(first, inputs)[0].sum()}, {inputs[0], inputs[2]}, {}, true);
  EXPECT_TRUE(of[0].eq(2).all().item<bool>());
  EXPECT_TRUE(of[1].eq(0).all().item<bool>());
}

TEST(ByImage, RecordsNothingWhereNoGradientsAreWanted) {
  const torch::NoGradGuard no_grad;
  EXPECT_FALSE(by_image(chain, random_inputs(torch::kFloat32))[0].requires_grad());
}

TEST(ByImage, WorksInsideOfItself) {
  const Tensors inputs = random_inputs(torch::kFloat64);
  const auto twice = [](const Tensors& all) { return by_image(chain, all); };
  const Tensors of = gradients(by_image(twice, inputs), inputs);
  const Tensors right = gradients(chain(inputs), inputs);
  EXPECT_TRUE(torch::allclose(of[0], right[0], 0, 1e-12));
}

TEST(ByImage, DoesNotDependOnTheNumberOfThreads) {
  const Tensors inputs = random_inputs(torch::kFloat32);
  const auto all = [&] {
    Tensors numbers = by_image(chain, inputs);
    for (const torch::Tensor& gradient : gradients(numbers, inputs)) numbers.push_back(gradient);
    return numbers;
  };
  compute_pool().set_threads(1);
  const Tensors one = all();
  compute_pool().set_threads(3);
  const Tensors three = all();
  compute_pool().set_threads(1);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], three[i])) << i;
}

TEST(ByImage, ThrowsWhatTheWorkThrows) {
  const auto fails = [](const Tensors& inputs) -> Tensors {
    if (inputs[0].size(0) == 1) throw std::runtime_error("of one image");
    return inputs;
  };
  EXPECT_THROW(by_image(fails, random_inputs(torch::kFloat32)), std::runtime_error);
}

TEST(Uses, TheGradientIsTheSumOfTheirGradients) {
  const torch::Tensor tensor = torch::randn({4, 2, 5}, torch::kFloat64).requires_grad_();
  const Tensors same = uses(tensor, 3);
  for (const torch::Tensor& one : same) EXPECT_TRUE(torch::equal(one, tensor));
  const torch::Tensor sum = same[0].sin().sum() + same[2].square().sum();  // one is not used
  const torch::Tensor of = torch::autograd::grad({sum}, {tensor})[0];
  EXPECT_TRUE(torch::allclose(of, (tensor.cos() + 2 * tensor).detach(), 0, 1e-14));
}

}  // namespace
}  // namespace medcl::fast
