// SPDX-License-Identifier: Apache-2.0
// Puzzle Mix: two images share a picture so that both show what matters in them.
//
// Source: Kim, Choo & Song, Puzzle Mix, ICML 2020, from its formulas.
#include "medcl/methods/clean_pass.h"
#include "medcl/methods/entry_for.h"
#include "medcl/methods/pairs.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/block_grid.h"
#include "medcl/mixing/puzzle_mix.h"

namespace medcl {
namespace {

struct PuzzlemixOptions {
  PairOptions pairs{.alpha = 1};
  PuzzleMixOptions mix;
  double weight_ce = 0;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    OptionTable own = table.scope("puzzlemix");
    pairs.describe(own);
    mix.describe(own);
    scribble.describe(table);
    table.add("weight.scribble_ce", weight_ce, "weight of the cross-entropy on unmixed images", 0,
              1000);
  }
};

class PuzzlemixMethod final : public Method {
 public:
  PuzzlemixMethod(const PuzzlemixOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const PuzzlemixOptions&, const MethodContext&) { return {.passes = 2}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor& image = step.batch.image_bcs;
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    const bool learns_clean = options_.weight_ce > 0;
    const CleanPass clean = clean_pass(step.network, image, target, learns_clean);
    RandomStream random = step.random(Purpose::kIntraMix);
    const std::int64_t grid = random_grid(image, random);
    const PuzzleMix mix = puzzle_mix(options_.mix, image, block_saliency(clean.saliency_bs, grid),
                                     grid, options_.pairs.draw(step));
    LossTerms terms;
    if (learns_clean) {
      add_scribble_terms(options_.scribble, "scribble", clean.logits_bks, target, terms,
                         options_.weight_ce);
    }
    add_scribble_terms(options_.scribble, "mixed", step.network.forward(mix.mix(image)).logits_bks,
                       mix.mix_annotation(target), terms);
    return terms;
  }

 private:
  PuzzlemixOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry puzzlemix_method() {
  return entry_for<PuzzlemixMethod, PuzzlemixOptions>(
      "puzzlemix", "Puzzle Mix: blocks of two images, both with what matters in them");
}

}  // namespace medcl
