// SPDX-License-Identifier: Apache-2.0
#pragma once

// Two decoders on one encoder, the second of which misses some of its channels: their predictions,
// mixed by chance, teach both.
//
// Source: Luo et al., Scribble-supervised medical image segmentation via dual-branch network and
// dynamically mixed pseudo labels supervision, MICCAI 2022.

#include "medcl/core/random.h"
#include "medcl/methods/method.h"

namespace medcl {

struct TwoDecoderOptions {
  double dropout = 0.5;
  double balance = 0;  ///< as ScribbleTermOptions::balance
  void describe(OptionTable table);
};

/// A network with a second decoder.
MethodNeeds two_decoder_needs(const TwoDecoderOptions& options);

struct TwoPredictions {
  torch::Tensor logits_bks, further_bks;

  /// Half the sum of what `loss` makes of the logits of each.
  template <typename Loss>
  [[nodiscard]] torch::Tensor mean(const Loss& loss) const {
    return (loss(logits_bks) + loss(further_bks)) * 0.5;
  }
  /// The cross-entropy with the scribbles.
  [[nodiscard]] torch::Tensor scribble_ce(const torch::Tensor& target_bks,
                                          const TwoDecoderOptions& options) const;
  /// share * softmax of the first + (1 - share) * softmax of the second, without gradient; the
  /// share is uniform in [0, 1), one for the batch.
  [[nodiscard]] torch::Tensor mixed(RandomStream& random) const;
};

/// @throws Error(kFailure) for a network without a second decoder
TwoPredictions two_predictions(const Step& step);

}  // namespace medcl
