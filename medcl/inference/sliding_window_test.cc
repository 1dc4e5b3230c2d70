// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/sliding_window.h"

#include <gtest/gtest.h>

#include "medcl/core/random.h"

namespace medcl {
namespace {

TEST(SlidingWindow, TilesCoverEveryPixelAndOverlapByHalf) {
  RandomStream random({1, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 300; ++trial) {
    const std::int64_t fixed = random.chance(0.5) ? 0 : 16 * (1 + random.integer(20));
    const PlaneSize plane{1 + random.integer(3000), 1 + random.integer(3000)};
    const TilePlan plan = plan_tiles(plane, 16, fixed);
    EXPECT_GE(plan.padded.width, plane.width);
    EXPECT_LT(plan.padded.width - plane.width, std::max<std::int64_t>(16, fixed));
    EXPECT_EQ(plan.tile.width % 16, 0);
    EXPECT_LE(plan.tile.width, kMaximumWholeSide);
    ASSERT_FALSE(plan.left.empty());
    EXPECT_EQ(plan.left.front(), 0);
    EXPECT_EQ(plan.left.back() + plan.tile.width, plan.padded.width);
    for (std::size_t i = 1; i < plan.left.size(); ++i) {
      EXPECT_GT(plan.left[i], plan.left[i - 1]);
      EXPECT_LE(plan.left[i] - plan.left[i - 1], plan.tile.width / 2);
    }
  }
}

TEST(SlidingWindow, SmallPlanesGoThroughInOnePiece) {
  EXPECT_TRUE(plan_tiles({1024, 1000}, 16, 0).whole());
  EXPECT_FALSE(plan_tiles({1025, 16}, 16, 0).whole());
  EXPECT_TRUE(plan_tiles({212, 200}, 1, 212).whole());
  EXPECT_EQ(plan_tiles({1, 1}, 16, 0).tile, (PlaneSize{16, 16}));
}

TEST(SlidingWindow, GaussianIsLargestInTheMiddleAndPositive) {
  const auto window = gaussian_window_hw({32, 48});
  EXPECT_EQ(window.sizes(), (std::vector<std::int64_t>{48, 32}));
  EXPECT_GT(window.min().item<float>(), 0);
  EXPECT_FLOAT_EQ(window.max().item<float>(), window[23][15].item<float>());
  EXPECT_TRUE(torch::allclose(window, window.flip({0, 1})));
}

TEST(SlidingWindow, OverlappingTilesOfAPointwiseMapGiveThatMap) {
  torch::manual_seed(1);
  const auto image_bchw = torch::rand({2, 1, 75, 101});
  const auto twice = [](const torch::Tensor& t, std::int64_t, std::int64_t) {
    return torch::cat({t, 2 * t}, 1);
  };
  const auto result = sliding_probabilities(twice, image_bchw, plan_tiles({101, 75}, 16, 32));
  EXPECT_TRUE(torch::allclose(result, twice(image_bchw, 0, 0), 1e-5, 1e-6));
}

}  // namespace
}  // namespace medcl
