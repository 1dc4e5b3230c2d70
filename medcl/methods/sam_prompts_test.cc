// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/sam_prompts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "medcl/model/sam/prompt_texts.h"
#include "medcl/model/sam/test_backbone.h"

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
  auto features = sam::prompt_features(sam::tiny_backbone(), 3, 1);
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
  const auto moved = jitter_boxes(box, 0.05, random) - box;
  const auto outwards = moved * torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F});
  EXPECT_GE(outwards.min().item<float>(), 0);
  EXPECT_LE(outwards.max().item<float>(), 0.05 + 1e-6);
  EXPECT_LE(outwards.select(1, 3).max().item<float>(), 0.01 + 1e-6) << "out of the image";
  EXPECT_GT(outwards.select(1, 0).max().item<float>(), 0.04);
  EXPECT_TRUE(jitter_boxes(box, 0, random).equal(box));
}

TEST(SamPrompts, TheBoxOfAMixtureHoldsBothBoxesAndNoMore) {
  const auto box = torch::tensor({{0.1F, 0.5F, 0.4F, 0.9F}, {0.3F, 0.2F, 0.8F, 0.6F}});
  const auto both = union_boxes(box, torch::tensor(std::vector<std::int64_t>{1, 0}));
  const auto expected = torch::tensor({0.1F, 0.2F, 0.8F, 0.9F}).repeat({2, 1});
  EXPECT_TRUE(both.equal(expected)) << both;
  EXPECT_TRUE(union_boxes(box, torch::tensor(std::vector<std::int64_t>{0, 1})).equal(box));
}

}  // namespace
}  // namespace medcl
