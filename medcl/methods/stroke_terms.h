// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every method may learn from annotated pixels, and its options.

#include "medcl/methods/method.h"

namespace medcl {

struct StrokeOptions {
  double balance = 0;      ///< of the classes in the cross-entropy, 0 .. 1
  double weight_dice = 0;  ///< adds the partial Dice loss
  void describe(OptionTable table);
};

/// "scribble_ce", and with a weight "scribble_dice".
void add_stroke_terms(const StrokeOptions& options, const torch::Tensor& logits_bks,
                      const torch::Tensor& target_bks, LossTerms& terms);

}  // namespace medcl
