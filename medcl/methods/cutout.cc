// SPDX-License-Identifier: Apache-2.0
// Cutout: holes in the images make a network look at more than the most telling place.
//
// Source: DeVries & Taylor, Improved regularization of convolutional neural networks with Cutout,
// arXiv 1708.04552, 2017. Whoever looks into a hole cannot know what was there: by default its
// strokes count no more than pixels that nobody annotated.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/hole.h"

namespace medcl {
namespace {

struct CutoutOptions {
  HoleOptions holes;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    holes.describe(table.scope("cutout"));
    scribble.describe(table);
  }
};

class CutoutMethod final : public Method {
 public:
  CutoutMethod(const CutoutOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const CutoutOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const Batch& batch = step.batch;
    RandomStream random = step.random(Purpose::kIntraMix);
    const Holes holes = draw_holes(options_.holes, batch.image_bcs, random);
    const torch::Tensor target =
        holes.cut_annotation(batch.annotation.weights(classes_), options_.holes.labels);
    LossTerms terms;
    add_scribble_terms(options_.scribble, "scribble",
                       step.network.forward(holes.cut(batch.image_bcs)).logits_bks, target, terms);
    return terms;
  }

 private:
  CutoutOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry cutout_method() {
  return entry_for<CutoutMethod, CutoutOptions>("cutout", "Cutout: holes in the images");
}

}  // namespace medcl
