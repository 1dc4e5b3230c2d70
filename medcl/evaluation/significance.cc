// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/significance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

constexpr std::int64_t kMostExact = 50;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Twice the mid-ranks of absolute values that ascend: whole numbers.
struct Ranks {
  std::vector<std::int64_t> doubled;
  double tie_term = 0;  ///< sum of t^3 - t over groups of t equal values
};

Ranks ranks_of(const std::vector<double>& ascending) {
  Ranks ranks;
  for (std::size_t begin = 0; begin < ascending.size();) {
    std::size_t end = begin + 1;
    while (end < ascending.size() && ascending[end] == ascending[begin]) ++end;
    ranks.doubled.insert(ranks.doubled.end(), end - begin,
                         static_cast<std::int64_t>(begin + end + 1));
    const auto t = static_cast<double>(end - begin);
    ranks.tie_term += t * t * t - t;
    begin = end;
  }
  return ranks;
}

/// The share of sign patterns whose sum of doubled ranks is at most `limit`.
double exact_tail(const std::vector<std::int64_t>& doubled, std::int64_t limit) {
  const std::int64_t total = std::accumulate(doubled.begin(), doubled.end(), std::int64_t{0});
  std::vector<double> share(static_cast<std::size_t>(total + 1), 0);
  share[0] = 1;
  for (const std::int64_t rank : doubled) {
    for (std::int64_t sum = total; sum >= 0; --sum) {
      const double taken = sum >= rank ? share[static_cast<std::size_t>(sum - rank)] : 0;
      double& here = share[static_cast<std::size_t>(sum)];
      here = (here + taken) / 2;
    }
  }
  return std::accumulate(share.begin(), share.begin() + limit + 1, 0.0);
}

double normal_p(const SignedRank& result, double tie_term) {
  const auto n = static_cast<double>(result.differences);
  const double mean = n * (n + 1) / 4;
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - tie_term / 48;
  const double z = (std::min(result.w_plus, result.w_minus) - mean) / std::sqrt(variance);
  return std::erfc(std::abs(z) / std::sqrt(2.0));
}

std::vector<double> finite_of(std::span<const double> values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  return finite;
}

}  // namespace

SignedRank wilcoxon_signed_rank(std::span<const double> x, std::span<const double> y,
                                SignedRankNull null) {
  check(x.size() == y.size(), "paired samples have one length");
  SignedRank result;
  std::vector<double> differences;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    ++result.pairs;
    if (x[i] != y[i]) differences.push_back(x[i] - y[i]);
  }
  result.differences = static_cast<std::int64_t>(differences.size());
  if (differences.empty()) return result;
  std::sort(differences.begin(), differences.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  std::vector<double> absolute;
  for (const double one : differences) absolute.push_back(std::abs(one));
  const Ranks ranks = ranks_of(absolute);
  std::int64_t plus = 0, minus = 0;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    (differences[i] > 0 ? plus : minus) += ranks.doubled[i];
  }
  result.w_plus = static_cast<double>(plus) / 2;
  result.w_minus = static_cast<double>(minus) / 2;
  result.exact = null == SignedRankNull::kExact ||
                 (null == SignedRankNull::kAuto && result.differences <= kMostExact);
  result.p = result.exact ? 2 * exact_tail(ranks.doubled, std::min(plus, minus))
                          : normal_p(result, ranks.tie_term);
  result.p = std::min(1.0, result.p);
  return result;
}

double smallest_signed_rank_p(std::int64_t pairs) {
  return std::min(1.0, std::exp2(1.0 - static_cast<double>(pairs)));
}

std::vector<double> holm_corrected(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (std::isfinite(p[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.begin(), p.end());
  double largest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double one = std::min(1.0, static_cast<double>(order.size() - k) * p[order[k]]);
    largest = std::max(largest, one);
    corrected[order[k]] = largest;
  }
  return corrected;
}

Interval bootstrap_mean_interval(std::span<const double> values, const BootstrapOptions& options) {
  const std::vector<double> finite = finite_of(values);
  if (finite.size() < 2) return {kNan, kNan};
  // The order of cases is drawn with kOrder everywhere; the epoch keeps this use apart.
  RandomStream random({.seed = options.seed, .epoch = UINT32_MAX - 2, .purpose = Purpose::kOrder});
  std::vector<double> means;
  for (std::int64_t n = 0; n < options.resamples; ++n) {
    double sum = 0;
    for (std::size_t i = 0; i < finite.size(); ++i) {
      sum += finite[static_cast<std::size_t>(
          random.integer(static_cast<std::int64_t>(finite.size())))];
    }
    means.push_back(sum / static_cast<double>(finite.size()));
  }
  const double outside = 50 * (1 - options.level);
  return {percentile(means, outside), percentile(means, 100 - outside)};
}

}  // namespace medcl
