// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/puzzle_mix.h"

#include <gtest/gtest.h>

#include <map>

#include "medcl/mixing/block_grid.h"

namespace medcl {
namespace {

TEST(BlockGrid, DividesTheSidesOfTheImages) {
  std::map<std::int64_t, int> seen;
  for (std::uint32_t n = 0; n < 200; ++n) {
    RandomStream random({.sample = n, .purpose = Purpose::kTest});
    ++seen[random_grid(torch::zeros({1, 1, 24, 40}), random)];
    EXPECT_EQ(random_grid(torch::zeros({1, 1, 9, 9}), random), 1);
  }
  EXPECT_EQ(seen.size(), 3U) << "2, 4 and 8, not 16";
}

TEST(BlockGrid, MeansAndPixelsOfBlocksBelongTogether) {
  const auto image = torch::randn({2, 3, 8, 12});
  const auto mean = block_means(image, 4);
  EXPECT_EQ(mean.sizes(), (std::vector<std::int64_t>{2, 3, 16}));
  EXPECT_NEAR(mean[1][2][6].item<double>(),
              image[1][2].slice(0, 2, 4).slice(1, 6, 9).mean().item<double>(), 1e-6);
  const auto pixels = pixels_of_blocks(mean.select(1, 2), 4, image);
  EXPECT_EQ(pixels.sizes(), (std::vector<std::int64_t>{2, 1, 8, 12}));
  EXPECT_EQ(pixels[1][0][3][7].item<float>(), mean[1][2][6].item<float>());
}

TEST(BlockGrid, BlocksReachThroughTheSlicesOfAPatch) {
  const auto patch = torch::randn({1, 2, 3, 4, 4});
  const auto mean = block_means(patch, 2);
  EXPECT_NEAR(mean[0][1][2].item<double>(),
              patch[0][1].slice(1, 2, 4).slice(2, 0, 2).mean().item<double>(), 1e-6);
  EXPECT_EQ(pixels_of_blocks(mean.select(1, 0), 2, patch).sizes(),
            (std::vector<std::int64_t>{1, 1, 3, 4, 4}));
  const auto moved = moved_blocks(patch, torch::tensor({{3, 1, 2, 0}}), 2);
  EXPECT_TRUE(moved.slice(3, 0, 2).slice(4, 0, 2).equal(patch.slice(3, 2, 4).slice(4, 2, 4)));
  EXPECT_TRUE(moved.slice(3, 0, 2).slice(4, 2, 4).equal(patch.slice(3, 0, 2).slice(4, 2, 4)));
}

TEST(BlockGrid, MovedBlocksComeFromTheirSource) {
  const auto image = torch::randn({2, 1, 4, 6});
  const auto moved = moved_blocks(image, torch::tensor({{1, 0, 3, 2}, {0, 1, 2, 3}}), 2);
  EXPECT_TRUE(moved[0].slice(1, 0, 2).slice(2, 0, 3).equal(image[0].slice(1, 0, 2).slice(2, 3, 6)));
  EXPECT_TRUE(moved[0].slice(1, 2, 4).slice(2, 3, 6).equal(image[0].slice(1, 2, 4).slice(2, 0, 3)));
  EXPECT_TRUE(moved[1].equal(image[1]));
}

TEST(BlockSaliency, IsTheShareOfTheLengthOfTheGradient) {
  auto gradient = torch::zeros({2, 2, 4, 4});
  gradient[0][0][0][0] = 3;
  gradient[0][1][0][0] = 4;
  gradient[0][0][3][3] = 15;
  const auto saliency = block_saliency(saliency_of(gradient), 2);
  EXPECT_NEAR(saliency[0][0].item<double>(), 0.25, 1e-6);
  EXPECT_NEAR(saliency[0][3].item<double>(), 0.75, 1e-6);
  EXPECT_NEAR(saliency[1][2].item<double>(), 0.25, 1e-6) << "no gradient: alike everywhere";
}

/// Image 0 is salient at the upper left of 2 x 2 blocks, image 1 at the lower right.
torch::Tensor corners() {
  return torch::tensor({0.7, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.7}).view({2, 4});
}

InterMixDraw each_with_the_other(double share) {
  return {torch::tensor({1, 0}), torch::full({2}, share, torch::kFloat32)};
}

TEST(PuzzleMix, ShowsEachImageWhereItIsSalient) {
  const auto image = torch::stack({torch::full({1, 8, 8}, 5.0F), torch::full({1, 8, 8}, -5.0F)});
  const PuzzleMixOptions options{.levels = 1, .smoothness = 0.01, .local = 0, .prior = 0.01};
  const PuzzleMix mix = puzzle_mix(options, image, corners(), 2, each_with_the_other(0.5));
  const auto mixed = mix.mix(image);
  EXPECT_EQ(mixed[0][0][0][0].item<double>(), 5);
  EXPECT_EQ(mixed[0][0][7][7].item<double>(), -5);
  EXPECT_EQ(mixed[1][0][7][7].item<double>(), -5) << "of the second image itself";
  EXPECT_EQ(mixed[1][0][0][0].item<double>(), 5);
  EXPECT_TRUE(mix.mix_annotation(image).equal(mixed));
}

TEST(PuzzleMix, FollowsTheDrawnShareWhereThePriorCountsAlone) {
  const auto image = torch::randn({2, 1, 8, 8});
  const PuzzleMixOptions options{.levels = 4, .smoothness = 0, .local = 0, .prior = 50};
  // The likeliest of Binomial(4, share).
  for (const auto& [share, level] : {std::pair{0.95, 4}, {0.7, 3}, {0.5, 2}, {0.02, 0}}) {
    const PuzzleMix mix = puzzle_mix(options, image, corners(), 2, each_with_the_other(share));
    EXPECT_TRUE(mix.share_b1s.eq(level / 4.0).all().item<bool>()) << share;
  }
}

TEST(PuzzleMix, SmoothnessMakesAMixOfOnePiece) {
  const auto image = torch::randn({2, 1, 8, 8});
  const PuzzleMixOptions options{.levels = 2, .smoothness = 100, .local = 0, .prior = 0.2};
  const PuzzleMix mix = puzzle_mix(options, image, corners(), 2, each_with_the_other(0.9));
  EXPECT_EQ(mix.share_b1s[0].min().item<float>(), mix.share_b1s[0].max().item<float>());
}

TEST(PuzzleMix, TransportBringsWhatMattersToWhereItIsShown) {
  // Both are salient at the upper left: without transport one of them is hidden there.
  const auto saliency = torch::tensor({0.8, 0.1, 0.05, 0.05, 0.7, 0.1, 0.1, 0.1}).view({2, 4});
  const auto image = torch::arange(128, torch::kFloat32).view({2, 1, 8, 8});
  PuzzleMixOptions options{.levels = 1,
                           .smoothness = 0,
                           .local = 0,
                           .prior = 1e-3,
                           .transport = BlockTransport::kWithLabels,
                           .transport_cost = 0.01};
  const PuzzleMix mix = puzzle_mix(options, image, saliency, 2, each_with_the_other(0.5));
  const auto share_n = block_means(mix.share_b1s, 2)[0][0];
  double own = 0, other = 0;
  for (std::int64_t t = 0; t < 4; ++t) {
    const double z = share_n[t].item<double>();
    own += z * saliency[0][mix.own_bn[0][t].item<std::int64_t>()].item<double>();
    other += (1 - z) * saliency[1][mix.other_bn[0][t].item<std::int64_t>()].item<double>();
  }
  EXPECT_GT(own, 0.75);
  EXPECT_GT(other, 0.65);
  EXPECT_TRUE(mix.mix_annotation(image).equal(mix.mix(image))) << "labels stay on their tissue";
  options.transport = BlockTransport::kImageAlone;
  const PuzzleMix unregistered = puzzle_mix(options, image, saliency, 2, each_with_the_other(0.5));
  EXPECT_TRUE(unregistered.mix(image).equal(mix.mix(image)));
  EXPECT_FALSE(unregistered.mix_annotation(image).equal(mix.mix(image)));
}

TEST(PuzzleMix, ABatchOfOneIsMixedWithItself) {
  const auto image = torch::randn({1, 2, 8, 8});
  const PuzzleMix mix = puzzle_mix({}, image, torch::full({1, 16}, 1.0 / 16), 4,
                                   {torch::tensor({0}), torch::tensor({0.3F})});
  EXPECT_LT((mix.mix(image) - image).abs().max().item<double>(), 1e-6);
}

}  // namespace
}  // namespace medcl
