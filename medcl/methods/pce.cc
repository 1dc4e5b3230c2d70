// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/pce.h"

#include "medcl/objective/scribble.h"

namespace medcl {

void PceOptions::describe(OptionTable table) {
  table.add(
      "scribble.balance", balance,
      "strength of a weight for rare classes in the cross-entropy, 0 = every pixel alike, 1 = "
      "every class alike",
      0, 1);
  table.add("weight.scribble_dice", weight_dice,
            "weight of a partial Dice loss beside the cross-entropy", 0, 1000);
}

LossTerms PceMethod::losses(Segmenter& network, const Batch& batch) {
  const auto logits = network.forward(batch.image_bchw);
  LossTerms terms;
  terms.terms.emplace_back("scribble_ce",
                           partial_cross_entropy_from_logits(
                               logits, balanced_annotation(batch.target_bkhw, options_.balance)));
  if (options_.weight_dice > 0) {
    terms.terms.emplace_back("scribble_dice", partial_dice(logits.softmax(1), batch.target_bkhw));
  }
  return terms;
}

std::map<std::string, double> PceMethod::weights() const {
  return {{"scribble_ce", 1}, {"scribble_dice", options_.weight_dice}};
}

}  // namespace medcl
