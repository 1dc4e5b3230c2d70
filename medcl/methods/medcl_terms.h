// SPDX-License-Identifier: Apache-2.0
#pragma once

// What MedCL-UNet and MedCL-SAM do alike with their own maps.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.3 and Eq. (1).

#include "medcl/methods/medcl_options.h"
#include "medcl/methods/method.h"

namespace medcl {

/// Dice of [b, m+1, s] as `options.dice` reads it.
torch::Tensor dice_term(const MedclOptions& options, const torch::Tensor& prob_bks,
                        const torch::Tensor& target_bks);

/// Eq. (1), from 0 to 2, between the maps of mixed images and the mix of the images' maps.
torch::Tensor mix_term(const MedclOptions& options, const torch::Tensor& own_bks,
                       const torch::Tensor& mixed_bks, const InterMixDraw& inter);

}  // namespace medcl
