// SPDX-License-Identifier: Apache-2.0
#pragma once

// Predictions keep their shape where an image was changed.
//
// Source: Zhang & Zhuang, CycleMix, CVPR 2022, and ShapePU, MICCAI 2022. Unlike the mix consistency
// of MedCL, whose vectors are whole maps, these compare the class probabilities pixel by pixel.
// Shape suffixes: b = images, k = classes, s = axes in space.

#include <torch/torch.h>

namespace medcl {

/// 1 - the mean over the pixels of counted_b1s (bool) of the cosine of their class vectors; 0 where
/// no pixel counts. Gradients go to both sides.
torch::Tensor pixel_consistency(const torch::Tensor& a_bks, const torch::Tensor& b_bks,
                                const torch::Tensor& counted_b1s);

/// Which class a pixel belongs to when of every class but the background only the largest component
/// of the likeliest class counts and the rest is background: one-hot, as prob_bks, without
/// gradient. A volume's components are those in space.
torch::Tensor largest_components(const torch::Tensor& prob_bks);

}  // namespace medcl
