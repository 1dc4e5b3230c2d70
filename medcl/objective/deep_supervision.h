// SPDX-License-Identifier: Apache-2.0
#pragma once

// Supervision of coarser logits: their weights and their annotation.
//
// Source: nnU-Net 2.8.1, nnUNetTrainer._build_loss and DownsampleSegForDSTransform.

#include <torch/torch.h>

#include <cstddef>
#include <vector>

#include "medcl/core/options.h"

namespace medcl {

/// Of `levels` outputs, finest first: 1, 1/2, 1/4 ... with 0 for the coarsest, scaled to sum to 1.
/// A single one has 1.
std::vector<double> level_weights(std::size_t levels);

/// What a pixel of a coarser map is annotated with: what the pixel in its middle is (the original),
/// or the mean of its block, in which thin strokes do not get lost.
enum class CoarseAnnotation { kMiddle, kMean };
inline const Choices<CoarseAnnotation>& choices(CoarseAnnotation) {
  static const Choices<CoarseAnnotation> kAll{{"middle", CoarseAnnotation::kMiddle},
                                              {"mean", CoarseAnnotation::kMean}};
  return kAll;
}

/// The annotation target_bks (objective/scribble.h) on maps of `size_s`, which divides its own size
/// where it takes means. The middle is that of PyTorch's "nearest-exact".
/// @throws Error(kFailure) when the number of axes differs, or sizes do not divide.
torch::Tensor coarser_annotation(const torch::Tensor& target_bks, torch::IntArrayRef size_s,
                                 CoarseAnnotation taken);

}  // namespace medcl
