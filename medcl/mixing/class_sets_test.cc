// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/class_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "medcl/core/error.h"

namespace medcl {
namespace {

TEST(AllUnions, ContainEveryNestedSetOnce) {
  for (std::int64_t m = 1; m <= 5; ++m) {
    const auto unions = all_unions(m);
    EXPECT_EQ(static_cast<std::int64_t>(unions.size()), (std::int64_t{1} << m) - m - 1);
    RandomStream random({.seed = 3});
    for (int round = 0; round < 10; ++round) {
      for (const auto& set : nested_class_sets(m, random).sets) {
        EXPECT_EQ(std::count(unions.begin(), unions.end(), set), 1);
      }
    }
  }
}

TEST(KeptUnions, AreAllOfFewClassesAndOneNestedDrawOfMany) {
  RandomStream random({.seed = 1});
  EXPECT_EQ(kept_unions(8, 1), all_unions(8));
  EXPECT_THROW((void)all_unions(9), Error);
  const auto kept = kept_unions(13, 1);
  ASSERT_EQ(kept.size(), 12U);
  EXPECT_EQ(kept_unions(13, 1), kept);
  EXPECT_NE(kept_unions(13, 2), kept);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(nested_kept_sets(13, 1, random).sets, kept);
    for (const auto& set : nested_kept_sets(4, 1, random).sets) {
      EXPECT_EQ(std::ranges::count(all_unions(4), set), 1);
    }
  }
}

TEST(ClassSets, AreSortedNestedAndGrowByOneClass) {
  for (std::int64_t m = 1; m <= 8; ++m) {
    RandomStream random({.seed = static_cast<std::uint64_t>(m)});
    const auto sets = nested_class_sets(m, random);
    ASSERT_EQ(sets.m, m);
    ASSERT_EQ(static_cast<std::int64_t>(sets.sets.size()), m - 1);
    for (std::size_t t = 0; t < sets.sets.size(); ++t) {
      const auto& set = sets.sets[t];
      EXPECT_EQ(set.size(), t + 2);
      EXPECT_TRUE(std::is_sorted(set.begin(), set.end()));
      EXPECT_GE(set.front(), 0);
      EXPECT_LT(set.back(), m);
      if (t == 0) continue;
      const auto& smaller = sets.sets[t - 1];
      EXPECT_TRUE(std::includes(set.begin(), set.end(), smaller.begin(), smaller.end()));
    }
  }
}

TEST(ClassSets, EveryPairComesUp) {
  std::set<std::vector<std::int64_t>> pairs;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random({.seed = seed});
    pairs.insert(nested_class_sets(4, random).sets.front());
  }
  EXPECT_EQ(pairs.size(), 6U);
}

TEST(ClassSets, MembershipMarksTheClasses) {
  const ClassSets sets{.m = 3, .sets = {{0, 2}, {0, 1, 2}}};
  EXPECT_TRUE(torch::equal(membership(sets, torch::kFloat32),
                           torch::tensor({{1.f, 0.f, 1.f}, {1.f, 1.f, 1.f}})));
  EXPECT_EQ(membership(ClassSets{.m = 1}, torch::kFloat32).sizes(), torch::IntArrayRef({0, 1}));
}

TEST(ClassSets, RefuseClassesOutsideTheMap) {
  EXPECT_THROW(membership({.m = 2, .sets = {{0, 2}}}, torch::kFloat32), Error);
  EXPECT_THROW(anatomy_maps(torch::zeros({1, 3, 2, 2}), {.m = 3}), Error);
}

TEST(AnatomyMaps, DoNotDependOnTheMemoryFormat) {
  const ClassSets sets{.m = 3, .sets = {{0, 2}, {0, 1, 2}}};
  const auto prob = torch::randn({2, 4, 5, 7}).softmax(1);
  const auto expected = torch::stack({prob.select(1, 1), prob.select(1, 2), prob.select(1, 3),
                                      prob.select(1, 1) + prob.select(1, 3), 1 - prob.select(1, 0)},
                                     1);
  EXPECT_TRUE(torch::allclose(anatomy_maps(prob, sets), expected));
  EXPECT_TRUE(torch::allclose(
      anatomy_maps(prob.contiguous(torch::MemoryFormat::ChannelsLast), sets), expected));
}

}  // namespace
}  // namespace medcl
