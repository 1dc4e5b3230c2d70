// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a pixel is not: of the pixels that nobody annotated, only as many as a class is thought to
// have may belong to it.
//
// Source: Zhang & Zhuang, ShapePU, MICCAI 2022. Shape suffixes: b = images, k = classes, s = axes
// in space.

#include <torch/torch.h>

namespace medcl {

/// [b, k, s] bool, without gradient: for each class but the background the unlabelled pixels
/// (unlabelled_bs) whose probability of it is below that of its share_k of them all; equal
/// probabilities are treated alike. `known_k`: of which classes the share is known; the others are
/// excluded nowhere.
torch::Tensor excluded_classes(const torch::Tensor& prob_bks, const torch::Tensor& unlabelled_bs,
                               const torch::Tensor& share_k, const torch::Tensor& known_k);

/// -log of the summed probability of the classes that are not excluded, the mean over the pixels
/// where any is; 0 without such pixels.
torch::Tensor marginal_loss(const torch::Tensor& prob_bks, const torch::Tensor& excluded_bks);

}  // namespace medcl
