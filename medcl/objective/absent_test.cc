// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/absent.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medcl {
namespace {

TEST(Absent, IsTheCrossEntropyOfTheAbsentClassesAlone) {
  const auto logits = torch::tensor({1.0, -2.0, 3.0, 0.5}, torch::kFloat64).view({2, 2, 1, 1});
  const auto present = torch::tensor({1.0, 1.0, 0.0, 1.0, 0.0, 1.0}, torch::kFloat64).view({2, 3});
  const double expected = (std::log1p(std::exp(-2.0)) + std::log1p(std::exp(3.0))) / 2;
  EXPECT_NEAR(absent_class_loss(logits, present).item<double>(), expected, 1e-12);
}

TEST(Absent, UnknownSlicesAndFullSlicesCostNothing) {
  auto logits = torch::full({2, 3, 2, 2}, 7.0).requires_grad_();
  const auto unknown = torch::full({1, 4}, -1.0), full = torch::ones({1, 4});
  const auto loss = absent_class_loss(logits, torch::cat({unknown, full}));
  loss.backward();
  EXPECT_EQ(loss.item<float>(), 0);
  EXPECT_EQ(logits.grad().abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace medcl
