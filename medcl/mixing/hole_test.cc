// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/hole.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

RandomStream random_of(std::uint32_t sample) {
  return RandomStream({.seed = 1, .sample = sample, .purpose = Purpose::kTest});
}

TEST(Hole, HasItsSideUnlessTheBorderCutsItAndReachesEveryPixel) {
  const Extent extent{1, 20, 30};
  torch::Tensor hits = torch::zeros({20, 30});
  for (std::uint32_t n = 0; n < 2000; ++n) {
    RandomStream random = random_of(n);
    const Box box = random_hole(extent, 0.2, random);
    const auto height = box.end.y - box.first.y, width = box.end.x - box.first.x;
    ASSERT_EQ(box.first.z, 0);
    ASSERT_EQ(box.end.z, 1);
    ASSERT_TRUE(height == 4 || box.first.y == 0 || box.end.y == 20);
    ASSERT_TRUE(width == 6 || box.first.x == 0 || box.end.x == 30);
    ASSERT_GE(height, 1);
    ASSERT_LE(height, 4);
    ASSERT_GE(width, 1);
    ASSERT_LE(width, 6);
    hits.slice(0, box.first.y, box.end.y).slice(1, box.first.x, box.end.x) += 1;
  }
  EXPECT_GT(hits.min().item<double>(), 0);
  // A pixel in the middle is hit where the centre is one of 4 x 6 of 600 pixels.
  EXPECT_NEAR(hits.slice(0, 5, 15).slice(1, 8, 22).mean().item<double>() / 2000, 24.0 / 600, 4e-3);
}

TEST(Hole, OfShareOneHoldsTheMiddleAndOfShareZeroNothing) {
  RandomStream random = random_of(0);
  const Box none = random_hole({1, 8, 8}, 0, random);
  EXPECT_EQ(none.first.x, none.end.x);
  const Box all = random_hole({1, 8, 8}, 1, random);
  EXPECT_TRUE(all.contains(0, 3, 3));
  EXPECT_TRUE(all.contains(0, 4, 4));
}

TEST(Hole, OfAVolumeIsABoxOfVoxels) {
  const auto volume = torch::zeros({1, 1, 8, 10, 10});
  const std::vector<std::vector<Box>> boxes{{{{2, 3, 4}, {5, 6, 8}}}};
  const auto mask = mask_of(boxes, volume);
  EXPECT_EQ(mask.sizes(), volume.sizes());
  EXPECT_EQ(mask.sum().item<std::int64_t>(), 3 * 3 * 4);
  EXPECT_TRUE(mask[0][0][4][5][7].item<bool>());
  EXPECT_FALSE(mask[0][0][5][5][7].item<bool>());
}

TEST(Holes, EraseTheImageAndSayOfItsLabelsWhatIsAsked) {
  const auto image = torch::ones({2, 3, 10, 10});
  auto target = torch::zeros({2, 2, 10, 10});
  target.select(1, 1).fill_(1);
  RandomStream random = random_of(3);
  const Holes holes = draw_holes({.side = 0.5, .count = 2}, image, random);
  const auto inside = holes.mask_b1s, outside = inside.logical_not();
  EXPECT_FALSE(inside[0].equal(inside[1]));
  EXPECT_TRUE(holes.cut(image).equal(outside.to(torch::kFloat32).expand_as(image)));
  const auto ignored = holes.cut_annotation(target, HoleLabels::kIgnore);
  EXPECT_EQ(ignored.sum().item<std::int64_t>(), outside.sum().item<std::int64_t>());
  EXPECT_TRUE(holes.cut_annotation(target, HoleLabels::kKept).equal(target));
  const auto background = holes.cut_annotation(target, HoleLabels::kBackground);
  EXPECT_TRUE(background.select(1, 0).equal(inside.select(1, 0).to(torch::kFloat32)));
  EXPECT_TRUE(background.sum(1).eq(1).all().item<bool>());
  EXPECT_EQ(target.sum().item<std::int64_t>(), 200) << "the annotation itself stays";
}

}  // namespace
}  // namespace medcl
