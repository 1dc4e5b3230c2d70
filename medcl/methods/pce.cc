// SPDX-License-Identifier: Apache-2.0
// Partial cross-entropy: the plainest way to learn from scribbles.
//
// Source: Tang et al., CVPR 2018; the PCE row of the paper's tables.
#include "medcl/methods/method.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

struct PceOptions {
  double balance = 0;      ///< of the classes in the cross-entropy, 0 .. 1
  double weight_dice = 0;  ///< adds the partial Dice loss

  void describe(OptionTable table) {
    table.add(
        "scribble.balance", balance,
        "strength of a weight for rare classes in the cross-entropy, 0 = every pixel alike, 1 = "
        "every class alike",
        0, 1);
    table.add("weight.scribble_dice", weight_dice,
              "weight of a partial Dice loss beside the cross-entropy", 0, 1000);
  }
};

class PceMethod final : public Method {
 public:
  PceMethod(const PceOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const auto logits = step.network.forward(step.batch.image_bcs).logits_bks;
    LossTerms terms;
    terms.add("scribble_ce", partial_cross_entropy_from_logits(
                                 logits, balanced_annotation(target, options_.balance)));
    if (options_.weight_dice > 0) {
      terms.add("scribble_dice", partial_dice(logits.softmax(1), target), options_.weight_dice);
    }
    return terms;
  }

 private:
  PceOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry pce_method() {
  return {.name = "pce",
          .help = "partial cross-entropy on the scribbles alone",
          .options = [](bool /*prompts*/) { return AnyOptions(PceOptions{}); },
          .needs = [](const AnyOptions&, const MethodContext&) { return MethodNeeds{}; },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<PceMethod>(options.as<PceOptions>(), context.classes);
          }};
}

}  // namespace medcl
