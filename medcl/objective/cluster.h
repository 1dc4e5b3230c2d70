// SPDX-License-Identifier: Apache-2.0
#pragma once

// Codes of one class gather around their centre, centres of different classes part.
//
// Source: MedCL, Eq. (4). The printed sim is the negative cosine, which would reward spread; the
// evident +cosine is the default, the literal reading an option.

#include <torch/torch.h>

#include <cstdint>

#include "medcl/core/options.h"

namespace medcl {

enum class ClusterReduction {
  kRatioOfSums,   ///< Eq. (4) as printed: -log(N / (N + D)), ordered pairs
  kMeanOfRatios,  ///< published code: mean over (b, i) of -log(N_bi / (N_bi + D)), unordered pairs
};

inline const Choices<ClusterReduction>& choices(ClusterReduction) {
  static const Choices<ClusterReduction> kAll{{"ratio_of_sums", ClusterReduction::kRatioOfSums},
                                              {"mean_of_ratios", ClusterReduction::kMeanOfRatios}};
  return kAll;
}

struct ClusterOptions {
  double temperature = 0.1;  ///< tau, > 0
  ClusterReduction reduction = ClusterReduction::kMeanOfRatios;
  bool literal_negative = false;  ///< sim = -cos as printed
};

/// The cluster loss of the first m rows of codes_bkd [B, K, d], K >= m >= 1; 0 for m = 1, where
/// there are no pairs. Log-sum-exp inside: safe for any temperature.
/// @throws Error(kFailure) for other shapes and a temperature that is not positive.
torch::Tensor cluster_loss(const torch::Tensor& codes_bkd, std::int64_t m,
                           const ClusterOptions& options = {});

}  // namespace medcl
