// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether two methods differ over the same cases, and how sure a mean over cases is.
//
// Source: Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1(6), 1945;
// Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979; Efron
// & Tibshirani, An introduction to the bootstrap, 1993 (percentile intervals).

#include <cstdint>
#include <span>
#include <vector>

namespace medcl {

/// The null distribution of the signed-rank statistic. kAuto: exact for up to 50 differences that
/// are not 0, else normal.
enum class SignedRankNull { kAuto, kExact, kNormal };

struct SignedRank {
  std::int64_t pairs = 0;          ///< with two finite values
  std::int64_t differences = 0;    ///< pairs whose values differ; the others are left out
  double w_plus = 0, w_minus = 0;  ///< sums of the mid-ranks of positive and negative differences
  double p = 1;                    ///< two-sided; 1 where no pair differs
  bool exact = true;
};

/// The Wilcoxon signed-rank test of x - y. The exact distribution is that of all sign patterns over
/// the mid-ranks, also where differences are tied; without ties it is that of scipy.stats.wilcoxon.
/// The normal one has the variance corrected for ties and no correction for continuity.
/// `x` and `y` have the same length. Takes differences^3 steps.
SignedRank wilcoxon_signed_rank(std::span<const double> x, std::span<const double> y,
                                SignedRankNull null = SignedRankNull::kAuto);

/// The smallest two-sided p that the exact test can give for so many pairs: 2^(1 - pairs), at
/// most 1.
double smallest_signed_rank_p(std::int64_t pairs);

/// Holm's step-down correction: p of each test such that the chance of any false finding among all
/// is at most it. Not finite ones stay as they are and do not count.
std::vector<double> holm_corrected(std::span<const double> p);

struct BootstrapOptions {
  std::int64_t resamples = 10000;
  double level = 0.95;
  std::uint64_t seed = 1;
};
struct Interval {
  double low = 0, high = 0;
};
/// The percentile interval of the mean of the finite values over resamples of them with
/// replacement. The same for the same values and options. NaN for fewer than two values.
Interval bootstrap_mean_interval(std::span<const double> values,
                                 const BootstrapOptions& options = {});

}  // namespace medcl
