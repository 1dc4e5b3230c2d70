// SPDX-License-Identifier: Apache-2.0
#pragma once

// What nearly all methods share: annotated pixels supervise, under the same options.

#include <torch/torch.h>

#include <string>

#include "medcl/core/options.h"
#include "medcl/objective/total.h"

namespace medcl {

struct ScribbleTermOptions {
  double balance = 0;      ///< of the classes in the cross-entropy, 0 .. 1
  double weight_dice = 0;  ///< adds the partial Dice loss

  /// "scribble.balance" and "weight.scribble_dice".
  void describe(OptionTable table);
};

/// Appends the partial cross-entropy "`of`_ce" with `weight` and, if the options want one, the
/// partial Dice loss "`of`_dice" with its own weight times `weight`.
void add_scribble_terms(const ScribbleTermOptions& options, const std::string& of,
                        const torch::Tensor& logits_bks, const torch::Tensor& target_bks,
                        LossTerms& terms, double weight = 1);

}  // namespace medcl
