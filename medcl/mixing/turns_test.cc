// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/turns.h"

#include <gtest/gtest.h>

#include <numbers>

#include "medcl/image/affine.h"
#include "medcl/image/resample.h"

namespace medcl {
namespace {

TEST(Turns, AreThoseOfTheResampler) {
  const PlaneSize size{.width = 14, .height = 10};
  const auto image = torch::randn({1, 1, size.height, size.width});
  std::vector<float> expected(static_cast<std::size_t>(size.count()));
  resample({image.data_ptr<float>(), expected.size()}, size, rotation_about_centre(size, 0.4),
           Interpolation::kLinear, 0, expected, size);
  const auto inside = Turns({0.4}).there(torch::ones_like(image)).gt(0.999);
  const auto difference =
      Turns({0.4}).there(image) - torch::tensor(expected).view({1, 1, size.height, size.width});
  EXPECT_LT((difference * inside).abs().max().item<double>(), 1e-4);
  EXPECT_GT(inside.sum().item<std::int64_t>(), 60);
}

TEST(Turns, AQuarterTurnIsThatOfPixelsAndComesBack) {
  const auto image = torch::randn({2, 3, 8, 8});
  const Turns turns({std::numbers::pi / 2, 0});
  const auto turned = turns.there(image);
  EXPECT_LT((turned[0] - image[0].rot90(1, {1, 2})).abs().max().item<double>(), 1e-5);
  EXPECT_LT((turned[1] - image[1]).abs().max().item<double>(), 1e-5);
  EXPECT_LT((turns.back(turned) - image).abs().max().item<double>(), 1e-5);
  EXPECT_TRUE(turns.kept(image).all().item<bool>());
}

TEST(Turns, WhatComesBackIsASmoothImageExceptInTheCorners) {
  const auto y = torch::arange(40, torch::kFloat64).view({1, 1, 40, 1}),
             x = torch::arange(40, torch::kFloat64).view({1, 1, 1, 40});
  const auto plane = 2 * x - 3 * y + 1;  // linear interpolation of a plane is exact
  const Turns turns({0.7});
  const auto kept = turns.kept(plane);
  EXPECT_FALSE(kept[0][0][0][0].item<bool>());
  EXPECT_TRUE(kept[0][0][20][20].item<bool>());
  EXPECT_LT(((turns.back(turns.there(plane)) - plane) * kept).abs().max().item<double>(), 1e-6);
}

TEST(Turns, TurnThePatchInThePlaneOfItsSlices) {
  const auto patch = torch::randn({1, 2, 3, 8, 8});
  const auto turned = Turns({std::numbers::pi}).there(patch);
  EXPECT_LT((turned - patch.flip({3, 4})).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(Turns({0.3}).kept(patch).sizes(), (std::vector<std::int64_t>{1, 1, 3, 8, 8}));
}

TEST(Turns, PassGradientsBack) {
  const auto maps = torch::randn({1, 1, 6, 6}, torch::kFloat64).requires_grad_();
  const Turns turns({0.5});
  const auto weight = torch::randn({1, 1, 6, 6}, torch::kFloat64);
  (turns.there(maps) * weight).sum().backward();
  // The map is linear: moving along a direction changes the sum by its product with the gradient.
  const auto direction = torch::randn({1, 1, 6, 6}, torch::kFloat64);
  const double change = (turns.there(direction) * weight).sum().item<double>();
  EXPECT_NEAR((maps.grad() * direction).sum().item<double>(), change, 1e-9);
}

}  // namespace
}  // namespace medcl
