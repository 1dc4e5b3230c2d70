// SPDX-License-Identifier: Apache-2.0
#pragma once

// Learning one class from pixels that show it and pixels of which nothing is said.
//
// Sources: Kiryo et al., Positive-unlabeled learning with non-negative risk estimator, NeurIPS
// 2017; Sakai et al., Semi-supervised classification based on PNU learning, ICML 2017; Garg et al.,
// Mixture proportion estimation and PU learning: a modern approach, NeurIPS 2021 (CVIR). The margin
// z is log p / (1 - p).

#include <torch/torch.h>

namespace medcl {

/// The pixels of one class, all of one shape.
struct PositiveUnlabelled {
  torch::Tensor margin;      ///< with gradient
  torch::Tensor positive;    ///< weights of pixels annotated with the class
  torch::Tensor negative;    ///< weights of pixels annotated with others
  torch::Tensor unlabelled;  ///< bool

  /// A scalar 0 or 1: whether there are both positive and unlabelled pixels.
  [[nodiscard]] torch::Tensor usable() const;
};

/// The class of place `k` in maps [b, k, s].
PositiveUnlabelled pixels_of_class(const torch::Tensor& margin_bks, const torch::Tensor& target_bks,
                                   std::int64_t k);

struct NnpuOptions {
  double beta = 0;       ///< how far below 0 the risk of the negatives may fall
  double gamma = 1;      ///< size of the step back where it fell below
  double negatives = 0;  ///< share of the risk on annotated negatives, 0 .. 1 (PNU)
};

/// The non-negative risk with the loss l(z) = 1 / (1 + exp z): prior R+(l(z)) + max(-beta, N) with
/// N = R_unlabelled(l(-z)) - prior R+(l(-z)). Where N < -beta its gradient is that of -gamma N, and
/// nothing else has one. `prior`: the share of the class among the unlabelled, a scalar. 0 where
/// the pixels are not usable.
torch::Tensor nnpu_risk(const PositiveUnlabelled& pixels, const torch::Tensor& prior,
                        const NnpuOptions& options = {});

/// Conditional value ignoring risk: half the mean of -log p over the positive pixels, and half that
/// of -log(1 - p) over the unlabelled ones without the share (0 .. 1) of them that scores highest,
/// together with the annotated negatives if these count. 0 where the pixels are not usable.
torch::Tensor value_ignoring_loss(const PositiveUnlabelled& pixels, double share,
                                  bool with_negatives = false);

}  // namespace medcl
