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
  double temperature = 0.1;  ///< tau
  ClusterReduction reduction = ClusterReduction::kMeanOfRatios;
  bool all_rows = false;          ///< over all rows of the codes instead of the first m
  bool literal_negative = false;  ///< sim = -cos as printed
};

/// codes_bkd: [B, 2m-1, d]; the first m rows are the single classes. Log-sum-exp inside: safe for
/// any temperature > 0. m = 1 without pairs: 0.
torch::Tensor cluster_loss(const torch::Tensor& codes_bkd, std::int64_t m,
                           const ClusterOptions& options = {});

}  // namespace medcl
