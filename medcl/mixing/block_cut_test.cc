// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/block_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/random.h"

namespace medcl {
namespace {

using Labels = std::vector<std::int64_t>;

/// Calls visit for every choice of `labels` labels for `count` blocks.
template <typename Visit>
void for_each_choice(std::int64_t count, std::int64_t labels, const Visit& visit) {
  Labels choice(static_cast<std::size_t>(count), 0);
  for (;;) {
    visit(choice);
    std::size_t digit = 0;
    while (digit < choice.size() && ++choice[digit] == labels) choice[digit++] = 0;
    if (digit == choice.size()) return;
  }
}

double searched(const GridEnergy& energy) {
  double least = std::numeric_limits<double>::infinity();
  for_each_choice(energy.grid.count(), energy.labels,
                  [&](const Labels& choice) { least = std::min(least, energy.of(choice)); });
  return least;
}

/// Own costs at random, pairs by `cost(random, a, b)`.
template <typename Cost>
GridEnergy random_energy(const PlaneSize& grid, std::int64_t labels, std::uint32_t seed,
                         const Cost& cost) {
  RandomStream random({.seed = seed, .purpose = Purpose::kTest});
  GridEnergy energy(grid, labels);
  for (std::int64_t block = 0; block < grid.count(); ++block) {
    for (std::int64_t a = 0; a < labels; ++a) {
      energy.own_cost(block, a) = random.uniform(-1, 1);
      for (std::int64_t b = 0; b < labels; ++b) {
        energy.pair_cost(energy.right, block, a, b) = cost(random, a, b);
        energy.pair_cost(energy.below, block, a, b) = cost(random, a, b);
      }
    }
  }
  return energy;
}

TEST(BlockCut, OfTwoLabelsIsTheLeastEnergyThereIs) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const GridEnergy energy =
        random_energy({.width = 4, .height = 3}, 2, seed,
                      [](RandomStream& random, std::int64_t a, std::int64_t b) {
                        // Not the same for (0, 1) and (1, 0), and not 0 for equal labels.
                        return a == b ? random.uniform(0, 0.2) : random.uniform(0.2, 1);
                      });
    EXPECT_NEAR(energy.of(least_energy_labels(energy)), searched(energy), 1e-9) << seed;
  }
}

/// Whether any swap of two labels among some blocks is cheaper, by trying all.
bool a_swap_is_cheaper(const GridEnergy& energy, const Labels& labels) {
  bool found = false;
  for (std::int64_t a = 0; a < energy.labels; ++a) {
    for (std::int64_t b = a + 1; b < energy.labels; ++b) {
      std::vector<std::size_t> part;
      for (std::size_t n = 0; n < labels.size(); ++n) {
        if (labels[n] == a || labels[n] == b) part.push_back(n);
      }
      for_each_choice(std::ssize(part), 2, [&](const Labels& side) {
        Labels other = labels;
        for (std::size_t n = 0; n < part.size(); ++n) other[part[n]] = side[n] == 0 ? a : b;
        found |= energy.of(other) < energy.of(labels) - 1e-9;
      });
    }
  }
  return found;
}

TEST(BlockCut, OfThreeLevelsNoSwapIsCheaper) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const GridEnergy energy = random_energy({.width = 3, .height = 3}, 3, seed,
                                            [](RandomStream&, std::int64_t a, std::int64_t b) {
                                              return 0.3 * double((a - b) * (a - b));
                                            });
    const Labels labels = least_energy_labels(energy);
    EXPECT_FALSE(a_swap_is_cheaper(energy, labels)) << seed;
    EXPECT_GE(energy.of(labels), searched(energy) - 1e-9);
  }
}

TEST(BlockCut, NeverEndsAboveWhereItBegan) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {  // pairs that like to differ: no cut is exact
    const GridEnergy energy = random_energy(
        {.width = 4, .height = 4}, 3, seed,
        [](RandomStream& random, std::int64_t, std::int64_t) { return random.uniform(-1, 1); });
    Labels begin;
    for (std::int64_t block = 0; block < 16; ++block) {
      const auto first = energy.own.begin() + 3 * block;
      begin.push_back(std::min_element(first, first + 3) - first);
    }
    EXPECT_LE(energy.of(least_energy_labels(energy)), energy.of(begin) + 1e-12) << seed;
  }
}

TEST(BlockCut, TakesASingleBlockAndASingleLabel) {
  GridEnergy one({.width = 1, .height = 1}, 3);
  one.own_cost(0, 2) = -1;
  EXPECT_EQ(least_energy_labels(one), Labels{2});
  EXPECT_EQ(least_energy_labels(GridEnergy({.width = 2, .height = 2}, 1)), Labels(4, 0));
}

}  // namespace
}  // namespace medcl
