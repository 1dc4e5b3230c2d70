// SPDX-License-Identifier: Apache-2.0
#pragma once

// Targets made of predictions, for pixels that nobody annotated: what a prediction may say, where
// it is sure, and where a person said something else.
//
// prob_bks [B, m+1, s] are probabilities without gradient, s any axes in space; targets are as in
// objective/scribble.h. Functions throw Error(kFailure) when shapes do not fit each other.

#include <torch/torch.h>

namespace medcl {

/// The probabilities with 0 for the classes that an image is known not to hold (0 in present_bk, as
/// in Batch), and with the sum that leaves 1; the background stays. As they are where present_bk is
/// undefined.
torch::Tensor without_absent(const torch::Tensor& prob_bks, const torch::Tensor& present_bk);

/// One-hot of the most probable class where it is more probable than `confidence`, else zeros.
torch::Tensor confident_labels(const torch::Tensor& prob_bks, double confidence);

/// The annotation where a pixel has one, else the target.
torch::Tensor with_annotation(const torch::Tensor& target_bks, const torch::Tensor& annotation_bks);

/// The Dice loss with squares in the denominator (Milletari et al., V-Net, 3DV 2016):
/// 1 - mean_i (2 sum(p y) + e) / (sum(p^2) + sum(y^2) + e), e = 1e-5, over all m+1 classes, with
/// sums over the pixels of the batch that have a target; 0 when none has.
torch::Tensor squared_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks);

}  // namespace medcl
