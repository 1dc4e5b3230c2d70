// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/scribble_terms.h"

#include "medcl/kernels/log_likelihood.h"
#include "medcl/objective/scribble.h"

namespace medcl {

void ScribbleTermOptions::describe(OptionTable table) {
  table.add(
      "scribble.balance", balance,
      "strength of a weight for rare classes in the cross-entropy, 0 = every pixel alike, 1 = "
      "every class alike",
      0, 1);
  table.add("weight.scribble_dice", weight_dice,
            "weight of a partial Dice loss beside the cross-entropy", 0, 1000);
}

void add_scribble_terms(const ScribbleTermOptions& options, const std::string& of,
                        const torch::Tensor& logits_bks, const torch::Tensor& target_bks,
                        LossTerms& terms, double weight) {
  terms.add(of + "_ce",
            partial_cross_entropy_from_logits(logits_bks,
                                              balanced_annotation(target_bks, options.balance)),
            weight);
  if (options.weight_dice > 0) {
    terms.add(of + "_dice", partial_dice(fast::softmax(logits_bks), target_bks),
              weight * options.weight_dice);
  }
}

}  // namespace medcl
