// SPDX-License-Identifier: Apache-2.0
#pragma once

// Supervision by annotated pixels: partial cross-entropy and partial Dice.
//
// Source: MedCL, Sec. 2.3 (readings: docs/explanation/paper_to_code.md).
// Annotations are soft so that mixed labels fit: target_bks [B, m+1, s] >= 0, s any axes in space,
// holds the weight of each class at each pixel; a pixel that nobody annotated has all zeros.
// Functions throw Error(kFailure) when shapes do not fit each other.

#include <torch/torch.h>

namespace medcl {

/// The partial cross-entropy -sum(y log p) / sum(y) over batch and pixels; 0 when nothing is
/// annotated. `prob_bks` are probabilities; log is guarded (p >= 1e-10) without killing the
/// gradient of saturated pixels.
torch::Tensor partial_cross_entropy(const torch::Tensor& prob_bks, const torch::Tensor& target_bks);

/// partial_cross_entropy of the softmax of logits: numerically better, as training needs it.
torch::Tensor partial_cross_entropy_from_logits(const torch::Tensor& logits_bks,
                                                const torch::Tensor& target_bks);

/// The annotation with a weight for each class, (mean count / count of the class)^strength, where
/// the count is the sum of its annotation over the batch; classes without annotation stay without.
/// With strength 0 nothing changes; with 1 every class counts alike in a cross-entropy however many
/// pixels were drawn. A band of background many times larger than the strokes of a thin structure
/// otherwise moves its unannotated border inwards.
torch::Tensor balanced_annotation(const torch::Tensor& target_bks, double strength);

/// Binary cross-entropy of masks of unions of classes over the annotated pixels: a pixel is inside
/// a union when it is annotated with one of its classes. union_logits_bus [B, U, s];
/// membership_um [U, m] as in mixing/class_sets.h. 0 when nothing is annotated.
torch::Tensor union_cross_entropy(const torch::Tensor& union_logits_bus,
                                  const torch::Tensor& target_bks,
                                  const torch::Tensor& membership_um);

/// The partial Dice loss: 1 - mean_i Dice_i over the classes i (0, the background, too) that have
/// an annotated pixel in the batch, with sums over the annotated pixels; 0 when nothing is
/// annotated.
torch::Tensor partial_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks);

/// The Dice loss of the published code: 1 - 2 sum(p y) / (sum(p) + sum(y)) over all classes and all
/// pixels, annotated or not. sum(p) is the number of pixels, a constant: the term rewards
/// probability on strokes and stays near 1.
torch::Tensor whole_image_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks);

}  // namespace medcl
