// SPDX-License-Identifier: Apache-2.0
// ShapePU: holes in the images, shapes that stay as they are beside them, and pixels of which
// becomes known what they are not.
//
// Source: Zhang & Zhuang, ShapePU: A new PU learning framework regularized by global consistency
// for scribble supervised cardiac segmentation, MICCAI 2022, from its formulas.
#include "medcl/methods/entry_for.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/hole.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/class_shares.h"
#include "medcl/objective/map_axes.h"
#include "medcl/objective/marginal_pu.h"
#include "medcl/objective/scribble.h"
#include "medcl/objective/shape_consistency.h"

namespace medcl {
namespace {

struct ShapepuOptions {
  HoleOptions holes;
  std::int64_t from_step = 600;
  double tolerance = 1e-3;
  double weight_cut_ce = 1, weight_consistency = 0.05, weight_pu = 1;
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    OptionTable own = table.scope("shapepu");
    holes.describe(own);
    own.add("from_step", from_step, "first step of the term on what pixels are not", 0, 1e9);
    own.add("tolerance", tolerance, "change of a share at which their iteration ends", 1e-9, 1);
    scribble.describe(table);
    OptionTable weight = table.scope("weight");
    weight.add("cut_ce", weight_cut_ce, "weight of the cross-entropy on cut images", 0, 1000);
    weight.add("consistency", weight_consistency, "weight of the shape consistency", 0, 1000);
    weight.add("pu", weight_pu, "weight of the term on what pixels are not", 0, 1000);
  }
};

class ShapepuMethod final : public Method {
 public:
  ShapepuMethod(const ShapepuOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const ShapepuOptions&, const MethodContext&) { return {.passes = 2}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor& image = step.batch.image_bcs;
    const torch::Tensor target = step.batch.annotation.weights(classes_);
    RandomStream random = step.random(Purpose::kIntraMix);
    const Holes holes = draw_holes(options_.holes, image, random);

    const auto logits = step.network.forward(image).logits_bks;
    const auto cut_logits = step.network.forward(holes.cut(image)).logits_bks;
    const auto prob = logits.softmax(1);

    LossTerms terms;
    add_scribble_terms(options_.scribble, "scribble", logits, target, terms);
    add_scribble_terms(options_.scribble, "cut", cut_logits,
                       holes.cut_annotation(target, options_.holes.labels), terms,
                       options_.weight_cut_ce);
    terms.add("consistency",
              pixel_consistency(cut_logits.softmax(1), prob, holes.mask_b1s.logical_not()),
              options_.weight_consistency);
    if (step.batch.step >= options_.from_step) {
      terms.add("pu", marginal_loss(prob, excluded(prob, target)), options_.weight_pu);
    }
    return terms;
  }

 private:
  /// The network learned under the shares of the strokes as the cross-entropy weighs them.
  [[nodiscard]] torch::Tensor excluded(const torch::Tensor& prob,
                                       const torch::Tensor& target) const {
    const auto unlabelled_bs = nobody_annotated(target);
    const auto labelled_k =
        balanced_annotation(target, options_.scribble.balance).sum(all_but_maps(target));
    const auto prob_nk = prob.detach()
                             .movedim(1, -1)
                             .masked_select(unlabelled_bs.unsqueeze(-1))
                             .view({-1, classes_});
    return excluded_classes(prob, unlabelled_bs,
                            shares_by_iteration(prob_nk, labelled_k, options_.tolerance),
                            labelled_k.gt(0));
  }

  ShapepuOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry shapepu_method() {
  return entry_for<ShapepuMethod, ShapepuOptions>(
      "shapepu", "ShapePU: holes, consistent shapes, and what pixels are not");
}

}  // namespace medcl
