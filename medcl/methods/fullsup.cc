// SPDX-License-Identifier: Apache-2.0
// Full supervision: cross-entropy and Dice on dense labels, the upper bound that scribbles are
// compared with.
//
// Source: Ronneberger et al., U-Net, MICCAI 2015; Milletari et al., V-Net, 3DV 2016.
#include "medcl/kernels/log_likelihood.h"
#include "medcl/methods/method.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

struct FullSupOptions {
  double weight_dice = 1;
  void describe(OptionTable table) {
    table.add("weight.dice", weight_dice, "weight of the Dice loss beside the cross-entropy", 0,
              1000);
  }
};

class FullSupMethod final : public Method {
 public:
  FullSupMethod(const FullSupOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    // What a crop shows beyond its image has no label.
    const torch::Tensor labels = step.batch.annotation.weights(classes_);
    const auto logits = step.network.forward(step.batch.image_bcs).logits_bks;
    LossTerms terms;
    terms.add("ce", partial_cross_entropy_from_logits(logits, labels));
    terms.add("dice", partial_dice(fast::softmax(logits), labels), options_.weight_dice);
    return terms;
  }

 private:
  FullSupOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry fullsup_method() {
  return {.name = "fullsup",
          .help = "full supervision: cross-entropy and Dice on dense labels",
          .options = [](bool /*prompts*/) { return AnyOptions(FullSupOptions{}); },
          .needs = [](const AnyOptions&,
                      const MethodContext&) { return MethodNeeds{.dense_labels = true}; },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<FullSupMethod>(options.as<FullSupOptions>(), context.classes);
          }};
}

}  // namespace medcl
