// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/agreement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

using Voxels = std::vector<std::uint8_t>;

TEST(PairDice, IsTheMeanOverAllPairs) {
  const Voxels a{1, 1, 0, 0}, b{1, 0, 0, 0}, c{1, 1, 1, 0};
  const auto dice = mean_pair_dice({a, b, c}, 2);
  ASSERT_EQ(dice.size(), 1U);
  EXPECT_DOUBLE_EQ(dice[0], (2.0 / 3 + 4.0 / 5 + 2.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(mean_pair_dice({a, b, c}, 2, 1)[0], (2.0 / 3 + 2.0 / 4) / 2)
      << "of the second with the two others";
}

TEST(PairDice, OfEmptyClassesIsOneInAPairAndNothingInAll) {
  const Voxels empty{0, 0}, one{2, 0};
  const auto dice = mean_pair_dice({empty, empty, one}, 3);
  EXPECT_TRUE(std::isnan(dice[0])) << "no model shows the first class";
  EXPECT_DOUBLE_EQ(dice[1], 1.0 / 3);
}

TEST(StrokeCounts, CountWhatWasDrawnFoundAndClaimed) {
  const std::uint8_t none = kNotAnnotated;
  const Voxels strokes{1, 1, 1, 0, 0, 2, none, none};
  const Voxels predicted{1, 1, 0, 1, 0, 0, 1, 2};
  const auto counts = count_strokes(predicted, strokes, 3);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].drawn, 3);
  EXPECT_EQ(counts[0].found, 2);
  EXPECT_EQ(counts[0].claimed, 3) << "voxels that nobody drew do not count";
  EXPECT_DOUBLE_EQ(counts[0].dice(), 4.0 / 6);
  EXPECT_DOUBLE_EQ(counts[1].recall(), 0);
  EXPECT_TRUE(std::isnan(counts[1].precision()));
  EXPECT_DOUBLE_EQ(counts[1].dice(), 0);
  EXPECT_TRUE(std::isnan(StrokeCounts{}.dice()));
}

}  // namespace
}  // namespace medcl
