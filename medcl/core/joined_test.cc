// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/joined.h"

#include <gtest/gtest.h>

#include <vector>

namespace medcl {
namespace {

TEST(Joined, PutsTheSeparatorBetweenWordsEmptyOnesIncluded) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(joined(std::vector<std::string>{"", "b", ""}, "|"), "|b|");
}

TEST(JoinedUpTo, SaysHowManyItLeavesOut) {
  const std::vector<std::string> words{"a", "b", "c", "d", "e"};
  EXPECT_EQ(joined_up_to(5, words), "a, b, c, d, e");
  EXPECT_EQ(joined_up_to(3, words), "a, b, c and 2 more");
  EXPECT_EQ(joined_up_to(3, {}), "");
}

}  // namespace
}  // namespace medcl
