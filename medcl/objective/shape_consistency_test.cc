// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/shape_consistency.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medcl {
namespace {

TEST(PixelConsistency, ComparesClassVectorsPixelByPixel) {
  const auto a = torch::tensor({1.0, 0.6, 0.0, 0.4}, torch::kFloat64).view({1, 2, 1, 2});
  const auto b = torch::tensor({0.0, 0.6, 1.0, 0.4}, torch::kFloat64).view({1, 2, 1, 2});
  const auto all = torch::ones({1, 1, 1, 2}, torch::kBool);
  EXPECT_NEAR(pixel_consistency(a, b, all).item<double>(), 0.5, 1e-12);
  auto second = all.clone();
  second[0][0][0][0] = false;
  EXPECT_NEAR(pixel_consistency(a, b, second).item<double>(), 0, 1e-12);
  EXPECT_EQ(pixel_consistency(a, b, all.logical_not()).item<double>(), 0);
}

/// One-hot maps of classes that are given pixel by pixel.
torch::Tensor one_hot(const std::vector<std::int64_t>& classes, std::vector<std::int64_t> shape,
                      std::int64_t count) {
  const auto index = torch::tensor(classes).view(shape);
  return torch::one_hot(index, count).movedim(-1, 1).to(torch::kFloat32);
}

TEST(LargestComponents, OfEachClassAndImageStayAndTheRestIsBackground) {
  const std::vector<std::int64_t> seen = {1, 1, 0, 2, 2,  //
                                          0, 0, 0, 0, 0,  //
                                          1, 0, 2, 2, 2,  //
                                          0, 0, 0, 0, 0,  //
                                          0, 0, 0, 0, 1};
  const std::vector<std::int64_t> kept = {1, 1, 0, 0, 0,  //
                                          0, 0, 0, 0, 0,  //
                                          0, 0, 2, 2, 2,  //
                                          0, 0, 0, 0, 0,  //
                                          0, 0, 0, 0, 0};
  auto both = seen, expected = kept;
  both.insert(both.end(), kept.begin(), kept.end());
  expected.insert(expected.end(), kept.begin(), kept.end());
  const auto prob = one_hot(both, {2, 5, 5}, 3) * 0.6 + 0.1;
  EXPECT_TRUE(largest_components(prob).equal(one_hot(expected, {2, 5, 5}, 3)));
}

TEST(LargestComponents, OfAVolumeReachThroughItsSlices) {
  // In each slice the larger part stands alone; through the slices the other holds together.
  const std::vector<std::int64_t> seen = {1, 0, 1, 1,  //
                                          1, 0, 0, 0,  //
                                          1, 0, 1, 1};
  const std::vector<std::int64_t> kept = {1, 0, 0, 0,  //
                                          1, 0, 0, 0,  //
                                          1, 0, 0, 0};
  EXPECT_TRUE(
      largest_components(one_hot(seen, {1, 3, 1, 4}, 2)).equal(one_hot(kept, {1, 3, 1, 4}, 2)));
}

}  // namespace
}  // namespace medcl
