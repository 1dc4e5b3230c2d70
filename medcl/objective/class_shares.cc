// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/class_shares.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace medcl {
namespace {

/// at[n]: how many of `scores` are descending[n] or more.
std::vector<std::int64_t> counts_from(std::span<const float> scores,
                                      const std::vector<float>& descending) {
  std::vector<std::int64_t> counts(descending.size(), 0);
  for (const float score : scores) {
    const auto first = std::ranges::lower_bound(descending, score, std::greater<>());
    if (first != descending.end()) ++counts[static_cast<std::size_t>(first - descending.begin())];
  }
  for (std::size_t n = 1; n < counts.size(); ++n) counts[n] += counts[n - 1];
  return counts;
}

double uncertainty(std::size_t count, double delta) {
  return std::sqrt(std::log(4 / delta) / (2 * static_cast<double>(count)));
}

}  // namespace

double best_bin_share(std::span<const float> positive, std::span<const float> unlabelled,
                      const BestBinOptions& options) {
  if (positive.empty() || unlabelled.empty()) return 0;
  std::vector<float> bins(positive.begin(), positive.end());
  std::ranges::sort(bins, std::greater<>());
  const auto repeated = std::ranges::unique(bins);
  bins.erase(repeated.begin(), repeated.end());
  const auto positives = counts_from(positive, bins), others = counts_from(unlabelled, bins);
  const double slack = (1 + options.gamma) * (uncertainty(positive.size(), options.delta) +
                                              uncertainty(unlabelled.size(), options.delta));
  double smallest = std::numeric_limits<double>::infinity(), share = 1;
  for (std::size_t n = 0; n < bins.size(); ++n) {
    const double q_positive =
        static_cast<double>(positives[n]) / static_cast<double>(positive.size());
    const double q_unlabelled =
        static_cast<double>(others[n]) / static_cast<double>(unlabelled.size());
    const double bound = (q_unlabelled + slack) / q_positive;
    if (q_positive <= options.gamma || bound >= smallest) continue;
    smallest = bound;
    share = q_unlabelled / q_positive;
  }
  return std::clamp(share, 0.0, 1.0);
}

torch::Tensor shares_by_iteration(const torch::Tensor& prob_nk, const torch::Tensor& labelled_k,
                                  double tolerance, std::int64_t most_iterations) {
  constexpr double kSmallest = 1e-12;
  const torch::NoGradGuard no_gradient;
  const torch::Tensor labelled = labelled_k.to(torch::kFloat64);
  const torch::Tensor total = labelled.sum();
  if (prob_nk.size(0) == 0 || total.item<double>() <= 0) return torch::zeros_like(labelled);
  const torch::Tensor start_k = labelled / total;
  const torch::Tensor ratio_nk =
      torch::where(start_k.gt(0), prob_nk.to(torch::kFloat64) / start_k.clamp_min(kSmallest),
                   torch::zeros_like(start_k));
  torch::Tensor share_k = start_k;
  for (std::int64_t n = 0; n < most_iterations; ++n) {
    const torch::Tensor weight_nk = ratio_nk * share_k;
    const torch::Tensor next_k =
        (weight_nk / weight_nk.sum(1, /*keepdim=*/true).clamp_min(kSmallest)).mean(0);
    const double change = (next_k - share_k).abs().max().item<double>();
    share_k = next_k;
    if (change < tolerance) break;
  }
  return share_k;
}

}  // namespace medcl
