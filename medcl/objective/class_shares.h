// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much of what nobody annotated belongs to a class, from scores or probabilities of a network.
//
// Sources: Saerens et al., Adjusting the outputs of a classifier to new a priori probabilities,
// Neural Computation 14, 2002 (the iteration, as in Zhang & Zhuang, ShapePU, MICCAI 2022); Garg et
// al., NeurIPS 2021 (the best bin).

#include <torch/torch.h>

#include <cstdint>
#include <span>

namespace medcl {

struct BestBinOptions {
  double delta = 0.1;   ///< chance that the bound does not hold
  double gamma = 0.01;  ///< slack of the bound; bins hold more than this share of the positives
};

/// The share of a class among unlabelled scores, 0 to 1: with q(c) the part of scores that are c or
/// more, q_unlabelled(c) / q_positive(c) where this ratio and its uncertainty are smallest
/// together. Right where some score is reached by the class alone; else too large. 0 without scores
/// of either kind.
double best_bin_share(std::span<const float> positive, std::span<const float> unlabelled,
                      const BestBinOptions& options = {});

/// The shares of the classes among pixels whose probabilities prob_nk were learned under the shares
/// labelled_k: repeats share_k <- mean_n of prob_nk share_k / labelled_k, scaled to sum to 1 for
/// each pixel, from labelled_k on until no share changes by `tolerance`. A class with labelled_k =
/// 0 stays at 0. Both of any positive scale; the result sums to 1, or is 0 without pixels or
/// labels.
torch::Tensor shares_by_iteration(const torch::Tensor& prob_nk, const torch::Tensor& labelled_k,
                                  double tolerance = 1e-3, std::int64_t most_iterations = 200);

}  // namespace medcl
