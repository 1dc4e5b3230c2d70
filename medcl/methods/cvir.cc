// SPDX-License-Identifier: Apache-2.0
// CVIR: each class against what nobody annotated, without those pixels that are likely of the
// class.
//
// Source: Garg et al., Mixture proportion estimation and PU learning: a modern approach, NeurIPS
// 2021, pixel by pixel, the share of a class being estimated and used in every step.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/kept_shares.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/guarded_log.h"
#include "medcl/objective/positive_unlabelled.h"

namespace medcl {
namespace {

struct CvirOptions {
  std::int64_t warm_steps = 600;
  bool negatives = false;
  KeptShareOptions shares;

  void describe(OptionTable table) {
    OptionTable own = table.scope("cvir");
    own.add("warm_steps", warm_steps, "first steps, in which no pixel is left out", 0, 1e9);
    own.add("negatives", negatives, "strokes of other classes are negatives, too");
    shares.describe(table.scope("shares"));
  }
};

class CvirMethod final : public Method {
 public:
  CvirMethod(const CvirOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes), shares_(options.shares, context.classes) {}

  static MethodNeeds needs(const CvirOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const auto logits = step.network.forward(step.batch.image_bcs).logits_bks;
    const auto margins = class_margins(logits);
    shares_->see(margins.detach(), target);
    const bool warm = step.batch.step < options_.warm_steps;
    torch::Tensor loss = torch::zeros({}, logits.options()), counted = loss;
    for (std::int64_t k = 0; k < classes_; ++k) {
      const PositiveUnlabelled pixels = pixels_of_class(margins, target, k);
      loss = loss + value_ignoring_loss(pixels, warm ? 0 : shares_->share(k), options_.negatives);
      counted = counted + pixels.usable();
    }
    LossTerms terms;
    terms.add("cvir", ratio_or_zero(loss, counted));
    return terms;
  }

  torch::nn::Module* kept() override { return shares_.ptr().get(); }

 private:
  CvirOptions options_;
  std::int64_t classes_;
  KeptShares shares_;
};

}  // namespace

MethodEntry cvir_method() {
  return entry_for<CvirMethod, CvirOptions>(
      "cvir", "CVIR: each class against what is unlikely to be of it");
}

}  // namespace medcl
