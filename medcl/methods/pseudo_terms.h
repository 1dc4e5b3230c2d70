// SPDX-License-Identifier: Apache-2.0
#pragma once

// A student learns hard labels that predictions gave: cross-entropy and Dice on the pixels that
// have one.

#include "medcl/objective/total.h"

namespace medcl {

/// "pseudo_ce" and "pseudo_dice" (squared_dice), both with `weight`. target_bks as in
/// objective/scribble.h.
void add_pseudo_terms(const torch::Tensor& logits_bks, const torch::Tensor& target_bks,
                      double weight, LossTerms& terms);

}  // namespace medcl
