// SPDX-License-Identifier: Apache-2.0
// Partial cross-entropy: the plainest way to learn from scribbles.
//
// Source: Tang et al., CVPR 2018; the PCE row of the paper's tables.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/scribble_terms.h"

namespace medcl {
namespace {

class PceMethod final : public Method {
 public:
  PceMethod(const ScribbleTermOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const ScribbleTermOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    LossTerms terms;
    add_scribble_terms(options_, "scribble", step.network.forward(step.batch.image_bcs).logits_bks,
                       target, terms);
    return terms;
  }

 private:
  ScribbleTermOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry pce_method() {
  return entry_for<PceMethod, ScribbleTermOptions>("pce",
                                                   "partial cross-entropy on the scribbles alone");
}

}  // namespace medcl
