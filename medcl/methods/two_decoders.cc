// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/two_decoders.h"

#include "medcl/core/error.h"
#include "medcl/objective/scribble.h"

namespace medcl {

void TwoDecoderOptions::describe(OptionTable table) {
  table.add("decoders.dropout", dropout,
            "share of the encoder's channels that the second decoder misses", 0, 0.95);
  table.add(
      "scribble.balance", balance,
      "strength of a weight for rare classes in the cross-entropy, 0 = every pixel alike, 1 = "
      "every class alike",
      0, 1);
}

MethodNeeds two_decoder_needs(const TwoDecoderOptions& options) {
  return {.network = {.further_decoders = 1, .further_dropout = options.dropout},
          .unlabelled = true};
}

torch::Tensor TwoPredictions::scribble_ce(const torch::Tensor& target_bks,
                                          const TwoDecoderOptions& options) const {
  const torch::Tensor balanced = balanced_annotation(target_bks, options.balance);
  return mean([&](const torch::Tensor& logits) {
    return partial_cross_entropy_from_logits(logits, balanced);
  });
}

torch::Tensor TwoPredictions::mixed(RandomStream& random) const {
  const double share = random.uniform();
  return share * logits_bks.detach().softmax(1) + (1 - share) * further_bks.detach().softmax(1);
}

TwoPredictions two_predictions(const Step& step) {
  NetworkOutput output = step.network.forward(step.batch.image_bcs);
  check(output.further_bks.size() == 1, "the network has a second decoder");
  return {std::move(output.logits_bks), std::move(output.further_bks.front())};
}

}  // namespace medcl
