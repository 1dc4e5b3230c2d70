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
    const std::int64_t length = 1 + random.integer(3000);
    // The axes follow one rule.
    const TilePlan plan = plan_tiles({length, length, length}, {16, 16, 16}, {fixed, fixed, fixed});
    EXPECT_GE(plan.padded.x, length);
    EXPECT_LT(plan.padded.x - length, std::max<std::int64_t>(16, fixed));
    EXPECT_EQ(plan.tile.x % 16, 0);
    EXPECT_LE(plan.tile.x, kMaximumWholeSide);
    ASSERT_FALSE(plan.x.empty());
    EXPECT_EQ(plan.x.front(), 0);
    EXPECT_EQ(plan.x.back() + plan.tile.x, plan.padded.x);
    for (std::size_t i = 1; i < plan.x.size(); ++i) {
      EXPECT_GT(plan.x[i], plan.x[i - 1]);
      EXPECT_LE(plan.x[i] - plan.x[i - 1], plan.tile.x / 2);
    }
    EXPECT_EQ(plan.y, plan.x);
    EXPECT_EQ(plan.z, plan.x);
  }
}

TEST(SlidingWindow, SmallPlanesGoThroughInOnePiece) {
  const Extent any{0, 0, 0}, sixteen{1, 16, 16};
  EXPECT_TRUE(plan_tiles({1, 1000, 1024}, sixteen, any).whole());
  EXPECT_FALSE(plan_tiles({1, 16, 1025}, sixteen, any).whole());
  EXPECT_TRUE(plan_tiles({1, 200, 212}, {1, 1, 1}, {0, 212, 212}).whole());
  EXPECT_EQ(plan_tiles({1, 1, 1}, sixteen, any).tile, (Extent{1, 16, 16}));
}

TEST(SlidingWindow, GaussianIsLargestInTheMiddleAndPositive) {
  const auto window = gaussian_window_zyx({8, 48, 32});
  EXPECT_EQ(window.sizes(), (std::vector<std::int64_t>{8, 48, 32}));
  EXPECT_GT(window.min().item<float>(), 0);
  EXPECT_FLOAT_EQ(window.max().item<float>(), window[3][23][15].item<float>());
  EXPECT_TRUE(torch::allclose(window, window.flip({0, 1, 2})));
}

TEST(SlidingWindow, OverlappingTilesOfAPointwiseMapGiveThatMap) {
  torch::manual_seed(1);
  const auto twice = [](const torch::Tensor& t, const Extent&) {
    return torch::cat({t, 2 * t}, 1);
  };
  const auto slices_bchw = torch::rand({2, 1, 75, 101});
  EXPECT_TRUE(torch::allclose(
      sliding_probabilities(twice, slices_bchw, plan_tiles({1, 75, 101}, {1, 16, 16}, {0, 32, 32})),
      twice(slices_bchw, {}), 1e-5, 1e-6));
  const auto volume_bcdhw = torch::rand({1, 2, 13, 37, 29});
  EXPECT_TRUE(torch::allclose(
      sliding_probabilities(twice, volume_bcdhw, plan_tiles({13, 37, 29}, {2, 4, 4}, {6, 16, 12})),
      twice(volume_bcdhw, {}), 1e-5, 1e-6));
}

/// Class 1 where the corner of what it sees is: finds out what is mirrored.
class CornerNetwork final : public Network {
 public:
  explicit CornerNetwork(int axes) : axes_(axes) {}
  [[nodiscard]] NetworkTraits traits() const override {
    return {.axes = axes_, .multiple = {1, 1, 1}};
  }
  void set_compute_type(torch::ScalarType /*type*/) override {}
  int passes = 0;

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    ++passes;
    auto score_bks = torch::zeros_like(image_bcs);
    score_bks.flatten(1).select(1, 0).fill_(1000);
    return {.logits_bks = torch::cat({-score_bks, score_bks}, 1)};
  }
  int axes_;
};

TEST(ImageProbabilities, FlipsGoThroughEveryMirrorImage) {
  for (const int axes : {2, 3}) {
    CornerNetwork network(axes);
    const auto image_bcs = axes == 2 ? torch::zeros({1, 1, 5, 6}) : torch::zeros({1, 1, 4, 5, 6});
    const auto class1_s = image_probabilities(network, image_bcs, /*flips=*/true, {4, 5, 6})[0][1];
    const int images = 1 << axes;
    EXPECT_EQ(network.passes, images);
    // A corner has its class in one of the images, other pixels are undecided in all.
    const double corner = (1 + (images - 1) * 0.5) / images;
    EXPECT_NEAR(class1_s.max().item<double>(), corner, 1e-6);
    EXPECT_EQ(class1_s.gt(0.5 + 1e-3).sum().item<int>(), images);
    EXPECT_NEAR(class1_s.flatten()[0].item<double>(), corner, 1e-6);
    EXPECT_NEAR(class1_s.flatten()[-1].item<double>(), corner, 1e-6);
  }
}

}  // namespace
}  // namespace medcl
