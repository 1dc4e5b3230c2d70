// SPDX-License-Identifier: Apache-2.0
#pragma once

// A union of classes looks like the sum of its classes, in the maps and in the centres of the
// codes.
//
// Source: MedCL, Eq. (5). With unions computed as sums of a softmax the map term is constant, and
// with a bias-free linear mapping the centre term too: it informs only with a non-linear head or
// separate union outputs (docs/explanation/paper_to_code.md).

#include <torch/torch.h>

#include "medcl/mixing/class_sets.h"

namespace medcl {

struct AnatomyConsistency {
  torch::Tensor segmentation;  ///< sum over unions of the batch mean of -cos
  torch::Tensor prototypes;    ///< sum over unions of -cos of the centres
};

/// Both terms of Eq. (5), for maps [B, K, s] and codes [B, K, d] of the m classes and then the
/// unions of `sets`. @throws Error(kFailure) for another number of rows.
AnatomyConsistency anatomy_consistency_loss(const torch::Tensor& maps_bks,
                                            const torch::Tensor& codes_bkd, const ClassSets& sets);

}  // namespace medcl
