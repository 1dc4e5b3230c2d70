// SPDX-License-Identifier: Apache-2.0
#pragma once

// The prediction of a mixed image is the mix of the predictions.
//
// Source: MedCL, Eq. (1). The paper does not say which vectors the cosine compares; as in the
// published code each map of each image is one vector.

#include <torch/torch.h>

namespace medcl {

/// -mean cos(y12, y_mixed) in [-1, 1], over the B K maps. Both [B, K, s], K any number of maps
/// and s any axes.
/// @throws Error(kFailure) when the shapes differ.
torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bks, const torch::Tensor& y_mixed_bks);

}  // namespace medcl
