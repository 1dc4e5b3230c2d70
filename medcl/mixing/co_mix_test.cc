// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/co_mix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/random.h"

namespace medcl {
namespace {

CoMixProblem random_problem(std::int64_t inputs, std::int64_t grid, std::uint32_t seed) {
  RandomStream random({.seed = seed, .purpose = Purpose::kTest});
  CoMixProblem problem{.inputs = inputs, .grid = grid};
  for (std::int64_t i = 0; i < inputs; ++i) {
    std::vector<double> saliency;
    double sum = 0;
    for (std::int64_t n = 0; n < problem.blocks(); ++n) {
      saliency.push_back(random.uniform());
      sum += saliency.back();
    }
    for (const double one : saliency) problem.saliency_in.push_back(one / sum);
  }
  for (std::int64_t n = 0; n < inputs * inputs; ++n) {
    problem.log_share_oi.push_back(std::log(random.uniform(0.05, 1)));
  }
  return problem;
}

TEST(CoMixValue, IsTheFormulaForASmallCase) {
  // Two inputs on 2 x 2 blocks; the first is most salient at 0, the second at 3: a whole diagonal.
  const CoMixProblem problem{.inputs = 2,
                             .grid = 2,
                             .saliency_in = {0.7, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.6},
                             .log_share_oi = {-0.1, -2, -1, -0.5}};
  const CoMixOptions options{
      .smoothness = 0.4, .likeness = 2, .tolerated = 0.3, .distance = 0.1, .prior = 0.5};
  const CoMixChoice choice{{0, 0, 0, 1}, {1, 1, 1, 1}};
  const double shown = 0.7 + 0.1 + 0.1 + 0.6 + 0.1 + 0.1 + 0.2 + 0.6;
  const double seams = 0.4 * 2 / 4;  // around block 3 of the first
  const double prior = 0.5 * (3 * -0.1 + -2 + 4 * -0.5) / 4;
  const double alike = 0.75 * 0.1 + 0.25 * 0.9;  // different inputs: .1 * 1, the same: .9
  EXPECT_NEAR(co_mix_value(options, problem, choice),
              shown - seams + prior - 2 * std::max(0.0, alike - 0.3), 1e-12);
  const CoMixChoice same{{1, 1, 1, 1}, {1, 1, 1, 1}};
  EXPECT_NEAR(co_mix_value(options, problem, same), 2 * 1.0 + 0.5 * (-2 - 0.5) - 2 * (0.9 - 0.3),
              1e-12);
}

TEST(CoMix, WithoutPairsOfBlocksOrMixesIsTheBestThereIs) {
  const CoMixOptions options{.smoothness = 0, .likeness = 0};
  const CoMixProblem problem = random_problem(3, 2, 1);
  const CoMixChoice choice = co_mix(options, problem);
  for (std::int64_t o = 0; o < 3; ++o) {
    for (std::int64_t n = 0; n < 4; ++n) {
      const auto value = [&](std::int64_t i) {
        return problem.saliency_in[static_cast<std::size_t>(4 * i + n)] +
               options.prior / 4 * problem.log_share_oi[static_cast<std::size_t>(3 * o + i)];
      };
      const auto found = choice[static_cast<std::size_t>(o)][static_cast<std::size_t>(n)];
      for (std::int64_t i = 0; i < 3; ++i) EXPECT_GE(value(found), value(i));
    }
  }
}

TEST(CoMix, NoOtherInputForABlockIsBetter) {
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const CoMixOptions options{.tolerated = 0.2, .sweeps = 100};
    const CoMixProblem problem = random_problem(4, 4, seed);
    const CoMixChoice choice = co_mix(options, problem);
    const double value = co_mix_value(options, problem, choice);
    for (std::size_t o = 0; o < 4; ++o) {
      for (std::size_t n = 0; n < 16; ++n) {
        for (std::int64_t i = 0; i < 4; ++i) {
          CoMixChoice other = choice;
          other[o][n] = i;
          EXPECT_LE(co_mix_value(options, problem, other), value + 1e-9);
        }
      }
    }
  }
}

/// The best of all choices of two outputs on 2 x 2 blocks.
double searched(const CoMixOptions& options, const CoMixProblem& problem) {
  double best = -1e300;
  for (int code = 0; code < 256; ++code) {
    CoMixChoice choice(2, std::vector<std::int64_t>(4));
    for (int n = 0; n < 8; ++n)
      choice[static_cast<std::size_t>(n / 4)][static_cast<std::size_t>(n % 4)] = code >> n & 1;
    best = std::max(best, co_mix_value(options, problem, choice));
  }
  return best;
}

TEST(CoMix, OfSmallCasesIsNearlyTheBestOfAll) {
  double shortfall = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const CoMixProblem problem = random_problem(2, 2, seed);
    const double best = searched({}, problem),
                 found = co_mix_value({}, problem, co_mix({}, problem));
    EXPECT_LE(found, best + 1e-12);
    shortfall += best - found;
  }
  EXPECT_LT(shortfall / 40, 0.05) << "of values about 2";
}

TEST(CoMix, SweepsOnlyImprove) {
  const CoMixProblem problem = random_problem(5, 4, 3);
  double before = -1e300;
  for (std::int64_t sweeps = 0; sweeps < 5; ++sweeps) {
    const CoMixOptions options{.tolerated = 0.1, .sweeps = sweeps};
    const double value = co_mix_value(options, problem, co_mix(options, problem));
    EXPECT_GE(value, before - 1e-12);
    before = value;
  }
}

TEST(CoMix, LikenessMakesMixesDiffer) {
  // One input is more salient everywhere than the other: all mixes would show it alone.
  CoMixProblem problem{.inputs = 2, .grid = 2, .saliency_in = {}, .log_share_oi = {0, 0, 0, 0}};
  problem.saliency_in = {0.3, 0.3, 0.3, 0.3, 0.2, 0.2, 0.2, 0.2};
  const CoMixOptions careless{.likeness = 0};
  EXPECT_EQ(co_mix(careless, problem), (CoMixChoice{{0, 0, 0, 0}, {0, 0, 0, 0}}));
  const CoMixOptions careful{.smoothness = 0, .likeness = 10, .tolerated = 0.5};
  EXPECT_NE(co_mix(careful, problem)[0], co_mix(careful, problem)[1]);
}

TEST(CoMix, OfOneImageIsTheImage) {
  EXPECT_EQ(co_mix({}, random_problem(1, 4, 1)), (CoMixChoice{std::vector<std::int64_t>(16, 0)}));
}

}  // namespace
}  // namespace medcl
