// SPDX-License-Identifier: Apache-2.0
// nnPU: for each class its strokes are positive and what nobody annotated is a mixture of which the
// class is a known share.
//
// Source: Kiryo et al., Positive-unlabeled learning with non-negative risk estimator, NeurIPS 2017,
// for the margins of one class against the others of a softmax.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/kept_shares.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/positive_unlabelled.h"

namespace medcl {
namespace {

struct NnpuMethodOptions {
  NnpuOptions risk;
  KeptShareOptions shares;

  void describe(OptionTable table) {
    OptionTable own = table.scope("nnpu");
    own.add("beta", risk.beta, "how far below 0 the risk of what is not the class may fall", 0, 1);
    own.add("gamma", risk.gamma, "size of the step back where it fell lower", 0, 1);
    own.add("negatives", risk.negatives, "weight of the strokes of other classes as negatives", 0,
            1);
    shares.describe(table.scope("shares"));
  }
};

class NnpuMethod final : public Method {
 public:
  NnpuMethod(const NnpuMethodOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes), shares_(options.shares, context.classes) {}

  static MethodNeeds needs(const NnpuMethodOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const auto logits = step.network.forward(step.batch.image_bcs).logits_bks;
    const auto margins = class_margins(logits);
    shares_->see(margins.detach(), target);
    torch::Tensor risk = torch::zeros({}, logits.options()), counted = risk;
    for (std::int64_t k = 0; k < classes_; ++k) {
      const PositiveUnlabelled pixels = pixels_of_class(margins, target, k);
      risk = risk + nnpu_risk(pixels, shares_->share_k()[k], options_.risk);
      counted = counted + pixels.usable();
    }
    LossTerms terms;
    terms.add("pu_risk", ratio_or_zero(risk, counted));
    return terms;
  }

  torch::nn::Module* kept() override { return shares_.ptr().get(); }

 private:
  NnpuMethodOptions options_;
  std::int64_t classes_;
  KeptShares shares_;
};

}  // namespace

MethodEntry nnpu_method() {
  return entry_for<NnpuMethod, NnpuMethodOptions>(
      "nnpu", "nnPU: strokes of a class are positive, the rest is a mixture");
}

}  // namespace medcl
