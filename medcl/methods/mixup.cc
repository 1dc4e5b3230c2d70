// SPDX-License-Identifier: Apache-2.0
// MixUp: a network sees blends of two images and learns the blend of their scribbles.
//
// Source: Zhang et al., mixup: Beyond empirical risk minimization, ICLR 2018. A pixel that only one
// of the two scribbles shows has that image's share as its weight: nobody knows what the other
// image holds there.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/pairs.h"
#include "medcl/methods/scribble_terms.h"

namespace medcl {
namespace {

struct MixupOptions {
  PairOptions pairs;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    pairs.describe(table.scope("mixup"));
    scribble.describe(table);
  }
};

class MixupMethod final : public Method {
 public:
  MixupMethod(const MixupOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const MixupOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const Batch& batch = step.batch;
    const InterMixDraw draw = options_.pairs.draw(step);
    LossTerms terms;
    add_scribble_terms(options_.scribble, "mixed",
                       step.network.forward(draw.mix(batch.image_bcs)).logits_bks,
                       draw.mix(batch.annotation.weights(classes_)), terms);
    return terms;
  }

 private:
  MixupOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry mixup_method() {
  return entry_for<MixupMethod, MixupOptions>("mixup",
                                              "MixUp: blends of images and of their scribbles");
}

}  // namespace medcl
