// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who is mixed with whom and how much of each is shown, for methods that mix two images of a batch.

#include "medcl/methods/method.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {

/// One share for all pairs of a batch, or one for each.
enum class Shares { kBatch, kSample };
inline const Choices<Shares>& choices(Shares) {
  static const Choices<Shares> kAll{{"batch", Shares::kBatch}, {"sample", Shares::kSample}};
  return kAll;
}

struct PairOptions {
  double alpha = 0.5;  ///< Beta(alpha, alpha) of the share of the first image
  Shares shares = Shares::kBatch;

  void describe(OptionTable table) {
    table.add("alpha", alpha, "Beta(alpha, alpha) of the share of the first image of a blend", 0.01,
              100);
    table.add("shares", shares, "one share for all blends of a batch, or one for each");
  }

  /// Partners without fixed points and the shares of this step.
  [[nodiscard]] InterMixDraw draw(const Step& step) const {
    RandomStream random = step.random(Purpose::kInterMix);
    const torch::Tensor& image_bcs = step.batch.image_bcs;
    InterMixDraw draw =
        draw_inter_mix({.beta = alpha}, image_bcs.size(0), random, image_bcs.device());
    if (shares == Shares::kBatch) draw.beta_b = draw.beta_b[0].expand_as(draw.beta_b);
    return draw;
  }
};

}  // namespace medcl
