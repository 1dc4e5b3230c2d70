// SPDX-License-Identifier: Apache-2.0
// nnU-Net's training on slices: cross-entropy and Dice on what is annotated, at every level of the
// network.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; with an ignore label as in nnU-Net 2.8.1
// (Gotkowski et al., Embarrassingly simple scribble supervision, 2024).
// docs/reference/methods.md says what differs.
#include <utility>
#include <vector>

#include "medcl/methods/method.h"
#include "medcl/objective/deep_supervision.h"
#include "medcl/objective/scribble.h"
#include "medcl/objective/smoothed_dice.h"

namespace medcl {
namespace {

struct Nnunet2dOptions {
  double weight_dice = 1;
  bool batch_dice = true;
  CoarseAnnotation coarse = CoarseAnnotation::kMiddle;

  void describe(OptionTable table) {
    table.add("weight.dice", weight_dice, "weight of the Dice loss beside the cross-entropy", 0,
              1000);
    OptionTable own = table.scope("nnunet2d");
    own.add("batch_dice", batch_dice, "Dice over all images of a batch, not of each by itself");
    own.add("coarse", coarse,
            "annotation of a pixel of the coarser outputs: that of the pixel in its middle (the "
            "original), or the mean of its block, in which thin strokes do not get lost");
  }
};

class Nnunet2dMethod final : public Method {
 public:
  Nnunet2dMethod(const Nnunet2dOptions& options, std::int64_t classes)
      : options_(options), classes_(classes) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor target_bks = step.batch.annotation.weights(classes_);
    const NetworkOutput output = step.network.forward(step.batch.image_bcs);
    std::vector<torch::Tensor> levels{output.logits_bks};
    levels.insert(levels.end(), output.coarse_bks.begin(), output.coarse_bks.end());
    const std::vector<double> weights = level_weights(levels.size());
    const DiceSums sums = options_.batch_dice ? DiceSums::kBatch : DiceSums::kImage;
    torch::Tensor entropy = torch::zeros({}, levels.front().options()), dice = entropy;
    for (std::size_t level = 0; level < levels.size(); ++level) {
      if (weights[level] == 0) continue;
      const torch::Tensor& logits_bks = levels[level];
      const auto coarse_bks =
          coarser_annotation(target_bks, logits_bks.sizes().slice(2), options_.coarse);
      entropy =
          entropy + weights[level] * partial_cross_entropy_from_logits(logits_bks, coarse_bks);
      dice = dice + weights[level] * smoothed_dice(logits_bks.softmax(1), coarse_bks, sums);
    }
    LossTerms terms;
    terms.add("scribble_ce", entropy);
    terms.add("scribble_dice", dice, options_.weight_dice);
    return terms;
  }

 private:
  Nnunet2dOptions options_;
  std::int64_t classes_;
};

}  // namespace

MethodEntry nnunet2d_method() {
  return {.name = "nnunet2d",
          .help = "nnU-Net in 2-D: its network, cross-entropy and Dice at every level",
          .options = [](bool /*prompts*/) { return AnyOptions(Nnunet2dOptions{}); },
          .needs =
              [](const AnyOptions&, const MethodContext&) {
                return MethodNeeds{.network = {.deep_supervision = true}};
              },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<Nnunet2dMethod>(options.as<Nnunet2dOptions>(), context.classes);
          },
          .network = "plainconvunet"};
}

}  // namespace medcl
