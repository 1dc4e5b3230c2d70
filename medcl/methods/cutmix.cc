// SPDX-License-Identifier: Apache-2.0
// CutMix: a box of an image shows another image of the batch, with its scribbles.
//
// Source: Yun et al., CutMix: Regularization strategy to train strong classifiers with localizable
// features, ICCV 2019. Every pixel shows one image, so its label is that of this image and no
// share is needed as a weight.
#include <cmath>

#include "medcl/methods/entry_for.h"
#include "medcl/methods/pairs.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/mixing/hole.h"
#include "medcl/mixing/map_extent.h"

namespace medcl {
namespace {

struct CutmixOptions {
  PairOptions pairs{.alpha = 1};
  double probability = 1;  ///< of a step with boxes
  ScribbleTermOptions scribble;

  void describe(OptionTable table) {
    OptionTable own = table.scope("cutmix");
    pairs.describe(own);
    own.add("probability", probability, "chance of a step with boxes of other images", 0, 1);
    scribble.describe(table);
  }
};

class CutmixMethod final : public Method {
 public:
  CutmixMethod(const CutmixOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes) {}

  static MethodNeeds needs(const CutmixOptions&, const MethodContext&) { return {}; }

  LossTerms losses(const Step& step) override {
    const torch::Tensor& image_bcs = step.batch.image_bcs;
    const InterMixDraw draw = options_.pairs.draw(step);
    const torch::Tensor box_b1s = boxes(step, draw.beta_b);
    const auto pasted = [&](const torch::Tensor& maps_bcs) {
      return torch::where(box_b1s, maps_bcs.index_select(0, draw.partner_b), maps_bcs);
    };
    LossTerms terms;
    add_scribble_terms(options_.scribble, "mixed",
                       step.network.forward(pasted(image_bcs)).logits_bks,
                       pasted(step.batch.annotation.weights(classes_)), terms);
    return terms;
  }

 private:
  /// Of 1 - share of each image, where the border does not cut them off.
  [[nodiscard]] torch::Tensor boxes(const Step& step, const torch::Tensor& share_b) const {
    const torch::Tensor& image_bcs = step.batch.image_bcs;
    const torch::Tensor here_b = share_b.cpu();
    RandomStream random = step.random(Purpose::kIntraMix);
    std::vector<std::vector<Box>> all(static_cast<std::size_t>(image_bcs.size(0)));
    if (!random.chance(options_.probability)) return mask_of(all, image_bcs);
    const Extent extent = extent_of(image_bcs);
    for (std::size_t b = 0; b < all.size(); ++b) {
      const double area = 1 - here_b[static_cast<std::int64_t>(b)].item<double>();
      const double side = std::pow(area, extent.z > 1 ? 1.0 / 3 : 0.5);
      const bool together = options_.pairs.shares == Shares::kBatch && b > 0;
      all[b] = together ? all[0] : std::vector<Box>{random_hole(extent, side, random)};
    }
    return mask_of(all, image_bcs);
  }

  CutmixOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry cutmix_method() {
  return entry_for<CutmixMethod, CutmixOptions>(
      "cutmix", "CutMix: boxes show another image and its scribbles");
}

}  // namespace medcl
