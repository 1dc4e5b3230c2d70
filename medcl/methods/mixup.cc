// SPDX-License-Identifier: Apache-2.0
// MixUp: a network sees blends of two images and learns the blend of their scribbles.
//
// Source: Zhang et al., mixup: Beyond empirical risk minimization, ICLR 2018. A pixel that only one
// of the two scribbles shows has that image's share as its weight: nobody knows what the other
// image holds there.
#include "medcl/methods/method.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

/// One share for all pairs of a batch (the original), or one for each.
enum class Shares { kBatch, kSample };
const Choices<Shares>& choices(Shares) {
  static const Choices<Shares> kAll{{"batch", Shares::kBatch}, {"sample", Shares::kSample}};
  return kAll;
}

struct MixupOptions {
  double alpha = 0.5;  ///< Beta(alpha, alpha) of the share of the first image
  Shares shares = Shares::kBatch;

  void describe(OptionTable table) {
    OptionTable own = table.scope("mixup");
    own.add("alpha", alpha, "Beta(alpha, alpha) of the share of the first image of a blend", 0.01,
            100);
    own.add("shares", shares, "one share for all blends of a batch, or one for each");
  }
};

class MixupMethod final : public Method {
 public:
  MixupMethod(const MixupOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const Batch& batch = step.batch;
    RandomStream random = step.random(Purpose::kInterMix);
    InterMixDraw draw = draw_inter_mix({.beta = options_.alpha}, batch.image_bcs.size(0), random,
                                       batch.image_bcs.device());
    if (options_.shares == Shares::kBatch) draw.beta_b = draw.beta_b[0].expand_as(draw.beta_b);
    LossTerms terms;
    terms.add("mixed_ce", partial_cross_entropy_from_logits(
                              step.network.forward(draw.mix(batch.image_bcs)).logits_bks,
                              draw.mix(batch.annotation.weights(classes_))));
    return terms;
  }

 private:
  MixupOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry mixup_method() {
  return {.name = "mixup",
          .help = "MixUp: blends of images and of their scribbles",
          .options = [](bool /*prompts*/) { return AnyOptions(MixupOptions{}); },
          .needs = [](const AnyOptions&, const MethodContext&) { return MethodNeeds{}; },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<MixupMethod>(options.as<MixupOptions>(), context.classes);
          }};
}

}  // namespace medcl
