// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "medcl/core/error.h"

namespace medcl {
namespace {

using Block = std::array<std::uint32_t, 4>;

struct Moments {
  double mean = 0, variance = 0;
};

template <typename Draw>
Moments moments_of(Draw draw, int count = 200000) {
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / count;
  return {mean, squares / count - mean * mean};
}

// kat_vectors of Random123.
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(detail::philox({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(detail::philox({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      detail::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, StartsWithThePhiloxBlockOfItsKey) {
  RandomStream stream({.seed = 0x100000002, .epoch = 3, .sample = 4, .purpose = Purpose::kCrop});
  const Block block = detail::philox({0, 3, 4, static_cast<std::uint32_t>(Purpose::kCrop)}, {2, 1});
  EXPECT_EQ(stream.next(), std::uint64_t{block[0]} << 32 | block[1]);
  EXPECT_EQ(stream.next(), std::uint64_t{block[2]} << 32 | block[3]);
}

TEST(RandomStream, DependsOnItsKeyAloneAndNotOnTheOrderOfCalls) {
  const auto key = [](std::uint32_t sample) { return RandomKey{.seed = 7, .sample = sample}; };
  RandomStream a(key(1)), b(key(2));
  std::vector<std::uint64_t> apart_a, apart_b, together_a, together_b;
  for (int i = 0; i < 50; ++i) apart_a.push_back(a.next());
  for (int i = 0; i < 50; ++i) apart_b.push_back(b.next());
  RandomStream c(key(2)), d(key(1));
  for (int i = 0; i < 50; ++i) {
    together_b.push_back(c.next());
    together_a.push_back(d.next());
  }
  EXPECT_EQ(apart_a, together_a);
  EXPECT_EQ(apart_b, together_b);
}

TEST(RandomStream, EveryPartOfTheKeyChangesTheNumbers) {
  std::set<std::uint64_t> first;
  int streams = 0;
  for (std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
    for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
      for (std::uint32_t sample = 0; sample < 5; ++sample) {
        for (Purpose purpose : {Purpose::kOrder, Purpose::kCrop, Purpose::kTest}) {
          first.insert(RandomStream({seed, epoch, sample, purpose}).next());
          ++streams;
        }
      }
    }
  }
  EXPECT_EQ(first.size(), static_cast<std::size_t>(streams));
}

TEST(RandomStream, UniformHasTheMomentsOfTheUnitInterval) {
  RandomStream stream({.seed = 11});
  double low = 1, high = 0;
  const Moments m = moments_of([&] {
    const double value = stream.uniform();
    low = std::min(low, value);
    high = std::max(high, value);
    return value;
  });
  EXPECT_GE(low, 0);
  EXPECT_LT(high, 1);
  EXPECT_NEAR(m.mean, 0.5, 0.003);
  EXPECT_NEAR(m.variance, 1.0 / 12, 0.001);
}

TEST(RandomStream, NormalHasMeanZeroAndVarianceOne) {
  RandomStream stream({.seed = 12});
  const Moments m = moments_of([&] { return stream.normal(); });
  EXPECT_NEAR(m.mean, 0, 0.01);
  EXPECT_NEAR(m.variance, 1, 0.015);
}

TEST(RandomStream, GammaHasMeanAndVarianceEqualToItsShape) {
  for (const double shape : {0.3, 1.0, 2.5, 9.0}) {
    RandomStream stream({.seed = 13});
    const Moments m = moments_of([&] { return stream.gamma(shape); });
    EXPECT_NEAR(m.mean, shape, 0.01 * shape + 0.01) << shape;
    EXPECT_NEAR(m.variance, shape, 0.03 * shape + 0.02) << shape;
  }
}

TEST(RandomStream, BetaHasTheMomentsOfItsParameters) {
  for (const auto& [a, b] : {std::pair{0.5, 0.5}, std::pair{2.0, 5.0}, std::pair{8.0, 8.0}}) {
    RandomStream stream({.seed = 14});
    const Moments m = moments_of([&, a = a, b = b] { return stream.beta(a, b); });
    EXPECT_NEAR(m.mean, a / (a + b), 0.004);
    EXPECT_NEAR(m.variance, a * b / ((a + b) * (a + b) * (a + b + 1)), 0.002);
  }
}

TEST(RandomStream, IntegerIsUniformOverItsRange) {
  RandomStream stream({.seed = 15});
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) {
    const std::int64_t value = stream.integer(7);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 7);
    ++counts[static_cast<std::size_t>(value)];
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10000, 500);
  }
  EXPECT_EQ(stream.integer(1), 0);
  EXPECT_THROW(stream.integer(0), Error);
}

TEST(RandomStream, PermutationHoldsEveryNumberOnceAndEveryOrderOccurs) {
  RandomStream stream({.seed = 16});
  std::set<std::vector<std::int64_t>> orders;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::int64_t> order = stream.permutation(4);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    ASSERT_EQ(order, (std::vector<std::int64_t>{0, 1, 2, 3}));
  }
  EXPECT_EQ(orders.size(), 24U);
  EXPECT_TRUE(stream.permutation(0).empty());
}

}  // namespace
}  // namespace medcl
