// SPDX-License-Identifier: Apache-2.0
#pragma once

// The soft Dice loss of nnU-Net, over annotated pixels.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; nnU-Net 2.8.1, MemoryEfficientSoftDiceLoss
// and DC_and_CE_loss. Shapes as in objective/scribble.h; with annotation of 0 and 1 this is 1 plus
// the value there.

#include <torch/torch.h>

namespace medcl {

/// What sums are over.
enum class DiceSums { kBatch, kImage };

/// 1 - mean of (2 sum(p y) + s) / (sum(p a) + sum(y) + s), s = 1e-5, over the foreground's classes
/// and, with sums over images, over images. a is the sum of y over the classes: pixels that nobody
/// annotated do not count. Unlike partial_dice, it counts a class that is not there, whose quotient
/// is 1 where nothing is predicted, and leaves the background out. 0 when nothing is annotated.
/// @throws Error(kFailure) when the shapes do not fit each other or there is no foreground.
torch::Tensor smoothed_dice(const torch::Tensor& prob_bks, const torch::Tensor& target_bks,
                            DiceSums sums = DiceSums::kBatch);

}  // namespace medcl
