// SPDX-License-Identifier: Apache-2.0
// Partial cross-entropy: the plainest way to learn from scribbles.
//
// Source: Tang et al., CVPR 2018; the PCE row of the paper's tables.
#include "medcl/methods/stroke_terms.h"

namespace medcl {
namespace {

class PceMethod final : public Method {
 public:
  PceMethod(const StrokeOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    LossTerms terms;
    add_stroke_terms(options_, step.network.forward(step.batch.image_bcs).logits_bks, target,
                     terms);
    return terms;
  }

 private:
  StrokeOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry pce_method() {
  return {.name = "pce",
          .help = "partial cross-entropy on the scribbles alone",
          .options = [](bool /*prompts*/) { return AnyOptions(StrokeOptions{}); },
          .needs = [](const AnyOptions&, const MethodContext&) { return MethodNeeds{}; },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<PceMethod>(options.as<StrokeOptions>(), context.classes);
          }};
}

}  // namespace medcl
