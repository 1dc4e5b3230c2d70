// SPDX-License-Identifier: Apache-2.0
#pragma once

// The prediction of a mixed image is the mix of the predictions.
//
// Source: MedCL, Eq. (1). The paper does not say which vectors the cosine compares; all four
// readings are offered, the published code uses one vector per class map.

#include <torch/torch.h>

namespace medcl {

enum class MixReading { kPerChannel, kPerSample, kWholeBatch, kPerPixel };

/// -mean cos(y12, y_mixed) in [-1, 1]. Both [B, K, H, W], K any number of maps.
torch::Tensor mix_consistency_loss(const torch::Tensor& y12_bkhw, const torch::Tensor& y_mixed_bkhw,
                                   MixReading reading = MixReading::kPerChannel);

}  // namespace medcl
