// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/sam_prompts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "medcl/model/sam/prompt_texts.h"
#include "medcl/model/sam/test_network.h"

namespace medcl {
namespace {

TEST(SamPrompts, EveryImageIsAskedForAllClassesAndNestedUnions) {
  for (std::int64_t m = 1; m <= 6; ++m) {
    RandomStream random({.seed = static_cast<std::uint64_t>(m)});
    const auto asked = asked_sets(nested_class_sets(m, random));
    ASSERT_EQ(std::ssize(asked), 2 * m - 1);
    for (std::int64_t i = 0; i < m; ++i) {
      EXPECT_EQ(asked[static_cast<std::size_t>(i)], std::vector<std::int64_t>{i});
    }
    for (auto k = static_cast<std::size_t>(m); k < asked.size(); ++k) {
      EXPECT_EQ(asked[k].size(), k - static_cast<std::size_t>(m) + 2);
      const bool first = k == static_cast<std::size_t>(m);
      EXPECT_TRUE(first || std::ranges::includes(asked[k], asked[k - 1])) << "not nested";
    }
  }
}

TEST(SamPrompts, FeaturesAreWordingsOfTheAskedSets) {
  auto features = sam::prompt_features(sam::tiny_network(), 3, 1);
  features += torch::arange(sam::kWordings).view({1, -1, 1}) * 100;
  RandomStream random({.seed = 4});
  const std::vector<std::vector<std::int64_t>> sets = {{0}, {1, 2}};
  const auto drawn = draw_features(features, 3, sets, 50, random);
  ASSERT_EQ(drawn.sizes(), (std::vector<std::int64_t>{50, 2, 6}));
  std::vector<bool> seen(sam::kWordings, false);
  for (std::int64_t b = 0; b < 50; ++b) {
    for (std::size_t p = 0; p < sets.size(); ++p) {
      const auto wordings = features[sam::prompt_index(3, sets[p])];
      const auto same = wordings.eq(drawn[b][static_cast<std::int64_t>(p)]).all(1);
      ASSERT_EQ(same.sum().item<std::int64_t>(), 1);
      seen[static_cast<std::size_t>(same.to(torch::kInt64).argmax().item<std::int64_t>())] = true;
    }
  }
  EXPECT_EQ(std::ranges::count(seen, true), sam::kWordings);
}

TEST(SamPrompts, JitterGrowsBoxesInsideTheImage) {
  RandomStream random({.seed = 3});
  const auto box = torch::tensor({0.2F, 0.3F, 0.6F, 0.99F}).repeat({200, 1});
  const auto moved = jitter_boxes(box, 0.05, 0, random) - box;
  const auto outwards = moved * torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F});
  EXPECT_GE(outwards.min().item<float>(), 0);
  EXPECT_LE(outwards.max().item<float>(), 0.05 + 1e-6);
  EXPECT_LE(outwards.select(1, 3).max().item<float>(), 0.01 + 1e-6) << "out of the image";
  EXPECT_GT(outwards.select(1, 0).max().item<float>(), 0.04);
  EXPECT_TRUE(jitter_boxes(box, 0, 0, random).equal(box));
}

TEST(SamPrompts, GrowthIsAShareOfTheLongerSide) {
  RandomStream random({.seed = 3});
  const auto box = torch::tensor({0.4F, 0.4F, 0.6F, 0.41F}).repeat({100, 3, 1});
  const auto outwards =
      (jitter_boxes(box, 0, 0.5, random) - box) * torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F});
  EXPECT_GE(outwards.min().item<float>(), 0);
  EXPECT_LE(outwards.max().item<float>(), 0.1 + 1e-6);
  EXPECT_GT(outwards.select(2, 3).max().item<float>(), 0.09) << "of the short side, too";
}

TEST(SamPrompts, BoxesSurroundTheStrokesOfTheirSet) {
  auto target = torch::zeros({2, 4, 10, 20});
  target[0][0].fill_(1);  // background is no structure
  target[0][1].slice(0, 2, 5).slice(1, 4, 6).fill_(1);
  target[0][2].slice(0, 7, 8).slice(1, 10, 15).fill_(0.7F);
  target[0][3].fill_(0.5F);  // half a rotated copy: not sure enough
  const auto members = torch::tensor({{1.0F, 0.0F, 0.0F}, {0.0F, 0.0F, 1.0F}, {1.0F, 1.0F, 0.0F}});
  const auto otherwise = torch::tensor({{0.1F, 0.1F, 0.9F, 0.9F}, {0.2F, 0.0F, 1.0F, 0.8F}});
  const auto boxes = stroke_boxes(target, members, otherwise);
  const auto one = torch::stack({torch::tensor({0.2F, 0.2F, 0.3F, 0.5F}), otherwise[0],
                                 torch::tensor({0.2F, 0.2F, 0.75F, 0.8F})});
  EXPECT_TRUE(torch::allclose(boxes[0], one)) << boxes[0];
  EXPECT_TRUE(boxes[1].equal(otherwise[1].expand({3, 4})));
}

TEST(SamPrompts, TheBoxOfAMixtureHoldsBothBoxesAndNoMore) {
  const auto box = torch::tensor({{0.1F, 0.5F, 0.4F, 0.9F}, {0.3F, 0.2F, 0.8F, 0.6F}}).unsqueeze(1);
  const auto both = union_boxes(box, torch::tensor(std::vector<std::int64_t>{1, 0}));
  const auto expected = torch::tensor({0.1F, 0.2F, 0.8F, 0.9F}).repeat({2, 1, 1});
  EXPECT_TRUE(both.equal(expected)) << both;
  EXPECT_TRUE(union_boxes(box, torch::tensor(std::vector<std::int64_t>{0, 1})).equal(box));
}

}  // namespace
}  // namespace medcl
