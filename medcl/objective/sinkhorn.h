// SPDX-License-Identifier: Apache-2.0
#pragma once

// Equal-mass assignment of samples (pixels or class maps) to prototypes.
//
// Source: MedCL, Eq. (2)-(3), App. .7; Cuturi, Sinkhorn distances, NeurIPS 2013.
// d = prototypes, n = samples of the whole batch.

#include <torch/torch.h>

#include <cstdint>

namespace medcl {

struct SinkhornOptions {
  double entropy_weight = 0.05;  ///< eps, > 0; smaller is sharper
  std::int64_t iterations = 3;   ///< >= 1
};

/// scores_dn: [d, n], finite, float32 or float64 -> P [d, n] without gradient; every column sums to
/// 1, row sums approach n / d. Log domain: any finite score is safe.
/// @throws Error(kFailure) wrong rank or an option out of range.
torch::Tensor sinkhorn_assignment(const torch::Tensor& scores_dn,
                                  const SinkhornOptions& options = {});

}  // namespace medcl
