// SPDX-License-Identifier: Apache-2.0
#pragma once

// A pass of the images as they are, which shows where their strokes' loss comes from, for methods
// that mix by saliency.
//
// Source: Kim et al., Puzzle Mix, ICML 2020. Shape suffixes as in network.h.

#include "medcl/methods/method.h"

namespace medcl {

struct CleanPass {
  torch::Tensor logits_bks;   ///< with gradient if it is kept
  torch::Tensor saliency_bs;  ///< of the partial cross-entropy; constant
};

/// `keeps`: whether losses on the logits follow; else their history is given up. The gradients of
/// parameters stay as they are.
CleanPass clean_pass(Network& network, const torch::Tensor& image_bcs,
                     const torch::Tensor& target_bks, bool keeps);

}  // namespace medcl
