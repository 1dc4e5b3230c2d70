// SPDX-License-Identifier: Apache-2.0
// CycleMix: images are mixed by saliency, cut and turned; what is predicted stays consistent with
// what is predicted of the images as they are, and holds together.
//
// Source: Zhang & Zhuang, CycleMix: A holistic strategy for medical image segmentation from
// scribble supervision, CVPR 2022, from its formulas.
#include <numbers>

#include "medcl/methods/clean_pass.h"
#include "medcl/methods/entry_for.h"
#include "medcl/methods/pairs.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/block_grid.h"
#include "medcl/mixing/hole.h"
#include "medcl/mixing/puzzle_mix.h"
#include "medcl/mixing/turns.h"
#include "medcl/objective/shape_consistency.h"

namespace medcl {
namespace {

struct CyclemixOptions {
  PairOptions pairs;
  PuzzleMixOptions mix;
  HoleOptions holes;
  double angle_degrees = 180;
  double weight_ce = 1, weight_mixed_ce = 1, weight_integrity = 0.1, weight_cycle = 0.1;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    OptionTable own = table.scope("cyclemix");
    pairs.describe(own);
    mix.describe(own);
    holes.describe(own.scope("hole"));
    own.add("angle_degrees", angle_degrees, "largest turn of a mixed image, +-", 0, 180);
    scribble.describe(table);
    OptionTable weight = table.scope("weight");
    weight.add("scribble_ce", weight_ce, "weight of the cross-entropy on unmixed images", 0, 1000);
    weight.add("mixed_ce", weight_mixed_ce, "weight of the cross-entropy on mixed images", 0, 1000);
    weight.add("integrity", weight_integrity, "weight of classes that hold together", 0, 1000);
    weight.add("cycle", weight_cycle, "weight of the consistency with unmixed images", 0, 1000);
  }
};

class CyclemixMethod final : public Method {
 public:
  CyclemixMethod(const CyclemixOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const CyclemixOptions&, const MethodContext&) { return {.passes = 2}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor& image = step.batch.image_bcs;
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const CleanPass clean = clean_pass(step.network, image, target, /*keeps=*/true);
    const torch::Tensor prob = clean.logits_bks.softmax(1);

    RandomStream random = step.random(Purpose::kIntraMix);
    const std::int64_t grid = random_grid(image, random);
    const PuzzleMix mix = puzzle_mix(options_.mix, image, block_saliency(clean.saliency_bs, grid),
                                     grid, options_.pairs.draw(step));
    const Holes holes = draw_holes(options_.holes, image, random);
    const Turns turns = draw_turns(image.size(0), random);
    const torch::Tensor turned = turns.there(holes.cut(mix.mix(image)));
    const torch::Tensor mixed_logits = turns.back(step.network.forward(turned).logits_bks);
    const torch::Tensor seen_b1s = turns.kept(image);
    const torch::Tensor mixed_target =
        holes.cut_annotation(mix.mix_annotation(target), options_.holes.labels) * seen_b1s;

    LossTerms terms;
    add_scribble_terms(options_.scribble, "scribble", clean.logits_bks, target, terms,
                       options_.weight_ce);
    add_scribble_terms(options_.scribble, "mixed", mixed_logits, mixed_target, terms,
                       options_.weight_mixed_ce);
    terms.add("integrity",
              pixel_consistency(prob, largest_components(prob), torch::ones_like(seen_b1s)),
              options_.weight_integrity);
    terms.add("cycle",
              pixel_consistency(mixed_logits.softmax(1), mix.mix(prob),
                                seen_b1s.logical_and(holes.mask_b1s.logical_not())),
              options_.weight_cycle);
    return terms;
  }

 private:
  [[nodiscard]] Turns draw_turns(std::int64_t count, RandomStream& random) const {
    const double limit = options_.angle_degrees * std::numbers::pi / 180;
    std::vector<double> radians;
    for (std::int64_t n = 0; n < count; ++n) radians.push_back(random.uniform(-limit, limit));
    return Turns(std::move(radians));
  }

  CyclemixOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry cyclemix_method() {
  return entry_for<CyclemixMethod, CyclemixOptions>(
      "cyclemix", "CycleMix: mixes by saliency, holes, turns, and consistent predictions");
}

}  // namespace medcl
