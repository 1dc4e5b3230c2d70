// SPDX-License-Identifier: Apache-2.0
#include "medcl/objective/cluster.h"

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/objective/similarity.h"

namespace medcl {
namespace {

/// log of the sum of exp(sim) over unordered pairs of centres.
torch::Tensor log_separation(const torch::Tensor& centres_rd, double scale) {
  const auto pairs =
      torch::triu_indices(centres_rd.size(0), centres_rd.size(0), 1).to(centres_rd.device());
  const auto similarity =
      cosine(centres_rd.index_select(0, pairs[0]), centres_rd.index_select(0, pairs[1]), 1);
  return torch::logsumexp(similarity * scale, 0);
}

/// -log(N / (N + D)) from log N and log D.
torch::Tensor minus_log_share(const torch::Tensor& log_n, const torch::Tensor& log_d) {
  const torch::Tensor gap = log_d - log_n;
  return torch::logaddexp(torch::zeros_like(gap), gap);
}

}  // namespace

torch::Tensor cluster_loss(const torch::Tensor& codes_bkd, std::int64_t m,
                           const ClusterOptions& options) {
  check(codes_bkd.dim() == 3 && codes_bkd.size(1) >= m && m >= 1, "codes have the shape [B, K, d]");
  check(options.temperature > 0, "the temperature of the cluster loss is positive");
  const torch::Tensor codes_brd = codes_bkd.narrow(1, 0, m);
  const torch::Tensor centres_rd = codes_brd.mean(0);
  const double scale = (options.literal_negative ? -1.0 : 1.0) / options.temperature;
  const torch::Tensor compactness_br = cosine(codes_brd, centres_rd.unsqueeze(0), 2) * scale;
  if (codes_brd.size(1) < 2) return (compactness_br * 0).sum();

  const torch::Tensor separation = log_separation(centres_rd, scale);
  if (options.reduction == ClusterReduction::kMeanOfRatios) {
    return minus_log_share(compactness_br, separation).mean();
  }
  const double log_of_two = std::log(2.0);  // ordered pairs count every pair twice
  return minus_log_share(torch::logsumexp(compactness_br.flatten(), 0), separation + log_of_two);
}

}  // namespace medcl
