// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "medcl/core/random.h"

namespace medcl {
namespace {

double total(const std::vector<double>& cost, const std::vector<std::int64_t>& columns) {
  double sum = 0;
  for (std::size_t row = 0; row < columns.size(); ++row) {
    sum += cost[row * columns.size() + static_cast<std::size_t>(columns[row])];
  }
  return sum;
}

TEST(Assignment, IsTheCheapestOfAllPermutations) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const std::int64_t n = 1 + seed % 7;
    RandomStream random({.seed = seed, .purpose = Purpose::kTest});
    std::vector<double> cost(static_cast<std::size_t>(n * n));
    for (double& one : cost) {
      one = seed % 2 == 0 ? random.uniform(-2, 2) : double(random.integer(4));  // with ties
    }
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const auto found = cheapest_assignment(cost, n);
    EXPECT_TRUE(std::is_permutation(found.begin(), found.end(), order.begin())) << seed;
    double least = total(cost, order);
    while (std::next_permutation(order.begin(), order.end())) {
      least = std::min(least, total(cost, order));
    }
    EXPECT_NEAR(total(cost, found), least, 1e-9) << seed;
  }
}

TEST(Assignment, OfHundredsOfPlacesKeepsThemWhereMovingCosts) {
  constexpr std::int64_t kCount = 256;
  std::vector<double> cost(kCount * kCount);
  for (std::int64_t row = 0; row < kCount; ++row) {
    for (std::int64_t column = 0; column < kCount; ++column) {
      cost[static_cast<std::size_t>(row * kCount + column)] =
          double((row - column) * (row - column));
    }
  }
  const auto found = cheapest_assignment(cost, kCount);
  for (std::int64_t row = 0; row < kCount; ++row) {
    ASSERT_EQ(found[static_cast<std::size_t>(row)], row);
  }
}

}  // namespace
}  // namespace medcl
