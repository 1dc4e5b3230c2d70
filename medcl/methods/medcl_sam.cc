// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_sam.h"

#include "medcl/core/error.h"
#include "medcl/methods/medcl_terms.h"
#include "medcl/methods/sam_prompts.h"
#include "medcl/model/sam/backbone.h"
#include "medcl/objective/absent.h"
#include "medcl/objective/category.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

/// Draws for prompts use the streams of what they belong to, under another sample number.
constexpr std::uint32_t kPromptSample = 1;

sam::Backbone& backbone_of(Segmenter& network) {
  auto* backbone = dynamic_cast<sam::Backbone*>(&network);
  if (backbone == nullptr) {
    fail(ErrorCode::kUsage, {.what = "MedCL-SAM needs a network that takes prompts",
                             .where = "network.backbone",
                             .expected = "sam"});
  }
  return *backbone;
}

/// Annotation weights at the resolution of the masks.
torch::Tensor at_side(const torch::Tensor& target_bkhw, std::int64_t side) {
  if (target_bkhw.size(2) == side && target_bkhw.size(3) == side) return target_bkhw;
  return torch::adaptive_avg_pool2d(target_bkhw, {side, side});
}

}  // namespace

void MedclSamOptions::describe(OptionTable& table) {
  table.add("sam.box_jitter_px", box_jitter_px,
            "outward shift of each side of a box in training, in pixels of a 1024 pixel image", 0,
            512);
  table.add("weight.prompt_ce", weight_prompt_ce,
            "weight of the binary cross-entropy of every prompt of a SAM", 0, 1000);
  table.add("weight.absent", weight_absent,
            "weight of a SAM's masks of classes that the slice does not hold", 0, 1000);
}

MedclSamMethod::MedclSamMethod(const MedclOptions& options, const MedclSamOptions& sam_options,
                               const MethodContext& context)
    : options_(options),
      sam_options_(sam_options),
      context_(context),
      distribution_(options, context) {
  if (options.union_outputs) {
    fail(ErrorCode::kUsage, {.what = "a SAM is asked for unions anyway",
                             .where = "anatomy.union_outputs",
                             .expected = "false",
                             .found = "true"});
  }
}

std::map<std::string, double> MedclSamMethod::weights() const {
  auto weights = options_.weights();
  weights["prompt_ce"] = sam_options_.weight_prompt_ce;
  weights["absent"] = sam_options_.weight_absent;
  return weights;
}

MedclSamMethod::Output MedclSamMethod::answer(sam::Backbone& network,
                                              const Question& question) const {
  const std::string& background = network.options().background;
  const auto logits = network.prompt_logits(network.embed(question.image_bchw), question.box_b4,
                                            question.features_bpc);
  const auto scores = sam::class_scores(logits.narrow(1, 0, context_.classes - 1), background);
  const bool exclusive = background != "one_minus_max";
  return {logits, scores, exclusive ? scores.softmax(1) : scores.exp(), exclusive};
}

LossTerms MedclSamMethod::losses(Segmenter& network, const Batch& batch) {
  RandomStream mix_random = step_stream(context_, batch.step, Purpose::kInterMix);
  RandomStream box_random = step_stream(context_, batch.step, Purpose::kInterMix, kPromptSample);
  RandomStream set_random = step_stream(context_, batch.step, Purpose::kClassSets);
  RandomStream word_random = step_stream(context_, batch.step, Purpose::kClassSets, kPromptSample);
  sam::Backbone& backbone = backbone_of(network);
  const std::int64_t images = batch.image_bchw.size(0);
  const InterMixDraw inter =
      draw_inter_mix(options_.inter_mix, images, mix_random, batch.image_bchw.device());
  const ClassSets sets = nested_class_sets(context_.classes - 1, set_random);

  const Question own{
      batch.image_bchw,
      jitter_boxes(batch.box_b4 / batch.image_bchw.size(3),
                   sam_options_.box_jitter_px / sam::kPublishedSide, box_random),
      draw_features(backbone.features_svc(), sets.m, asked_sets(sets), images, word_random)};
  const Output original = answer(backbone, own);
  const Output mixed =
      answer(backbone, {inter.mix(own.image_bchw), union_boxes(own.box_b4, inter.partner_b),
                        inter.mix(own.features_bpc)});

  const auto target = at_side(batch.target_bkhw, original.logits_bphw.size(2));
  LossTerms terms;
  const auto mixed_target = inter.mix(target);
  const auto add = [&terms](const char* name, const torch::Tensor& value) {
    terms.terms.emplace_back(name, value);
  };
  add("scribble_ce", cross_entropy(original, target));
  add("scribble_dice", dice_term(options_, original.prob_bkhw, target));
  add("category", category_loss(original.prob_bkhw, batch.present_bk));
  add("absent",
      absent_class_loss(original.logits_bphw.narrow(1, 0, context_.classes - 1), batch.present_bk));
  add("mixed_ce", cross_entropy(mixed, mixed_target));
  add("mix", mix_term(options_, mix_maps(original), mix_maps(mixed), inter));
  add("prompt_ce", prompt_term(original, sets, target) + prompt_term(mixed, sets, mixed_target));
  if (distribution_.active(batch.step)) {
    distribution_.add({original.logits_bphw.sigmoid(), mixed.logits_bphw.sigmoid(),
                       original.prob_bkhw.narrow(1, 0, 1), mixed.prob_bkhw.narrow(1, 0, 1)},
                      sets, terms);
  }
  return terms;
}

torch::Tensor MedclSamMethod::cross_entropy(const Output& output,
                                            const torch::Tensor& target_bkhw) const {
  const auto target = balanced_annotation(target_bkhw, options_.balance);
  return output.exclusive ? partial_cross_entropy_from_logits(output.scores_bkhw, target)
                          : partial_cross_entropy(output.prob_bkhw, target);
}

torch::Tensor MedclSamMethod::mix_maps(const Output& output) const {
  return options_.mix_maps == "anatomy" ? output.logits_bphw.sigmoid() : output.prob_bkhw;
}

torch::Tensor MedclSamMethod::prompt_term(const Output& output, const ClassSets& sets,
                                          const torch::Tensor& target_bkhw) const {
  const auto members = membership({sets.m, asked_sets(sets)}, target_bkhw.options());
  return union_cross_entropy(output.logits_bphw, balanced_annotation(target_bkhw, options_.balance),
                             members);
}

}  // namespace medcl
