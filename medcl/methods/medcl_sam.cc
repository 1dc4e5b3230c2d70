// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_sam.h"

#include "medcl/core/error.h"
#include "medcl/methods/medcl_terms.h"
#include "medcl/methods/sam_prompts.h"
#include "medcl/model/sam/network_options.h"
#include "medcl/objective/absent.h"
#include "medcl/objective/category.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

/// Draws for prompts use the streams of what they belong to, under another sample number.
constexpr std::uint32_t kPromptSample = 1;

PromptedNetwork& prompted(Network& network) {
  PromptedNetwork* asked = network.prompted();
  if (asked == nullptr) {
    fail(ErrorCode::kUsage, {.what = "MedCL-SAM needs a network that takes prompts",
                             .where = "network.name",
                             .expected = "sam"});
  }
  return *asked;
}

enum EmbeddingKind : std::int64_t { kOfImages, kOfMixtures };

PoolOptions pool_for(PoolOptions options, const MethodContext& context) {
  if (!context.network.embeddings_last) options.reuse = 1;
  return options;
}

/// z, y, x of first and end as left, top, right, bottom.
torch::Tensor plane_boxes(const torch::Tensor& box_b6) {
  return torch::stack(
      {box_b6.select(1, 2), box_b6.select(1, 1), box_b6.select(1, 5), box_b6.select(1, 4)}, 1);
}

/// Annotation weights at the resolution of the masks.
torch::Tensor at_side(const torch::Tensor& target_bkhw, std::int64_t side) {
  if (target_bkhw.size(2) == side && target_bkhw.size(3) == side) return target_bkhw;
  return torch::adaptive_avg_pool2d(target_bkhw, {side, side});
}

}  // namespace

void MedclSamOptions::describe(OptionTable table) {
  medcl.describe(table);
  OptionTable of_sam = table.scope("sam");
  of_sam.add("box_jitter_px", box_jitter_px,
             "outward shift of each side of a box in training, in pixels of a 1024 pixel image", 0,
             512);
  of_sam.add("stroke_boxes", stroke_boxes,
             "chance that an image is asked with boxes around its strokes in training", 0, 1);
  of_sam.add("stroke_growth", stroke_growth,
             "how much these boxes grow at most on each side, as a share of the longer side", 0,
             10);
  of_sam.add("mix_space", mix_space,
             "mix images before the encoder, as the paper does, or their embeddings, which halves "
             "its work");
  pool.describe(of_sam);
  OptionTable of_weight = table.scope("weight");
  of_weight.add("prompt_ce", weight_prompt_ce,
                "weight of the binary cross-entropy of every prompt of a SAM", 0, 1000);
  of_weight.add("absent", weight_absent,
                "weight of a SAM's masks of classes that the slice does not hold", 0, 1000);
}

MedclSamMethod::MedclSamMethod(const MedclSamOptions& options, const MethodContext& context)
    : sam_options_(options),
      options_(options.medcl),
      context_(context),
      distribution_(options.medcl, context),
      pool_(pool_for(options.pool, context), context.seed) {
  if (options_.union_outputs) {
    fail(ErrorCode::kUsage, {.what = "a SAM is asked for unions anyway",
                             .where = "anatomy.union_outputs",
                             .expected = "false",
                             .found = "true"});
  }
  if (options.medcl.mix_target != MixTarget::kStudent) {
    fail(ErrorCode::kUsage,
         {.what = "a SAM has no teacher: mixtures are compared with its own masks",
          .where = "mix.target",
          .expected = "student"});
  }
}

MethodNeeds MedclSamMethod::needs(const MedclSamOptions& options, const MethodContext& context) {
  const PoolOptions pool = pool_for(options.pool, context);
  const double passes = 2;  // the images and their mixtures
  return {.passes = passes,
          .trained_values = DistributionTerms::trained_values(options.medcl, context),
          .masks = static_cast<double>(2 * (context.classes - 1) - 1),
          .kept_embeddings = pool.reuse > 1 ? passes * static_cast<double>(pool.batches) : 0,
          .unlabelled = true,
          .intra_mix = true};
}

torch::Tensor MedclSamMethod::boxes(const Batch& batch, const torch::Tensor& target_bkhw,
                                    const torch::Tensor& members_pm, RandomStream& random) const {
  const double share = sam_options_.box_jitter_px / sam::kPublishedSide;
  const auto kept_b4 =
      plane_boxes(batch.kept_box_b6) / static_cast<double>(batch.image_bcs.size(3));
  const auto kept_bp4 = kept_b4.unsqueeze(1).expand({-1, members_pm.size(0), -1});
  const auto strokes_bp4 = stroke_boxes(target_bkhw, members_pm, kept_b4);
  std::vector<std::uint8_t> drawn;
  for (std::int64_t b = 0; b < batch.image_bcs.size(0); ++b) {
    drawn.push_back(random.chance(sam_options_.stroke_boxes) ? 1 : 0);
  }
  const auto drawn_b11 =
      torch::tensor(drawn).to(torch::kBool).view({-1, 1, 1}).to(kept_b4.device());
  return torch::where(drawn_b11,
                      jitter_boxes(strokes_bp4, share, sam_options_.stroke_growth, random),
                      jitter_boxes(kept_bp4, share, 0, random));
}

MedclSamMethod::Output MedclSamMethod::answer(PromptedNetwork& network,
                                              const Question& question) const {
  const auto logits =
      network.prompt_logits(question.embedding_bchw, question.box_bp4, question.features_bpc);
  return {network.class_scores(logits.narrow(1, 0, context_.classes - 1)), logits};
}

MedclSamMethod::Draw MedclSamMethod::draw(PromptedNetwork& network, const Step& step,
                                          const torch::Tensor& target_bkhw) {
  const Batch& batch = step.batch;
  RandomStream mix_random = step.image_random(Purpose::kInterMix);
  RandomStream box_random = step.random(Purpose::kInterMix, kPromptSample);
  RandomStream set_random = step.random(Purpose::kClassSets);
  RandomStream word_random = step.random(Purpose::kClassSets, kPromptSample);
  const std::int64_t images = batch.image_bcs.size(0);
  Draw draw;
  draw.inter = draw_inter_mix(options_.inter_mix, images, mix_random, batch.image_bcs.device());
  draw.sets = nested_class_sets(context_.classes - 1, set_random);
  const auto asked = asked_sets(draw.sets);
  draw.members_pm = membership({draw.sets.m, asked}, target_bkhw.options());
  draw.own = {
      pool_.embedding(batch.image_step, kOfImages, [&] { return network.embed(batch.image_bcs); }),
      boxes(batch, target_bkhw, draw.members_pm, box_random),
      draw_features(network.features_svc(), draw.sets.m, asked, images, word_random)};
  const auto mixed_images = [&] { return network.embed(draw.inter.mix(batch.image_bcs)); };
  draw.mixed = {sam_options_.mix_space == MixSpace::kEmbedding
                    ? draw.inter.mix(draw.own.embedding_bchw)
                    : pool_.embedding(batch.image_step, kOfMixtures, mixed_images),
                union_boxes(draw.own.box_bp4, draw.inter.partner_b),
                draw.inter.mix(draw.own.features_bpc)};
  return draw;
}

LossTerms MedclSamMethod::losses(const Step& step) {
  const Batch& batch = step.batch;
  PromptedNetwork& network = prompted(step.network);
  const torch::Tensor annotated = batch.annotation.weights(context_.classes);
  const Draw asked = draw(network, step, annotated);
  const Output original = answer(network, asked.own), mixed = answer(network, asked.mixed);

  const auto target = at_side(annotated, original.logits_bphw.size(2));
  LossTerms terms;
  const auto mixed_target = asked.inter.mix(target);
  terms.add("scribble_ce", cross_entropy(original, target), options_.weight_ce);
  terms.add("scribble_dice", dice_term(options_, original.prob_bkhw, target), options_.weight_dice);
  terms.add("category", category_loss(original.prob_bkhw, batch.present_bk),
            options_.weight_category);
  terms.add(
      "absent",
      absent_class_loss(original.logits_bphw.narrow(1, 0, context_.classes - 1), batch.present_bk),
      sam_options_.weight_absent);
  terms.add("mixed_ce", cross_entropy(mixed, mixed_target), options_.weight_mixed_ce);
  terms.add("mix", mix_term(options_, mix_maps(original), mix_maps(mixed), asked.inter),
            options_.weight_mix);
  terms.add("prompt_ce",
            prompt_term(original, asked.members_pm, target) +
                prompt_term(mixed, asked.members_pm, mixed_target),
            sam_options_.weight_prompt_ce);
  if (distribution_.active(batch.step)) {
    distribution_.add({original.logits_bphw.sigmoid(), mixed.logits_bphw.sigmoid(),
                       original.prob_bkhw.narrow(1, 0, 1), mixed.prob_bkhw.narrow(1, 0, 1)},
                      asked.sets, terms);
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
  return options_.mix_maps == MixMaps::kAnatomy ? output.logits_bphw.sigmoid() : output.prob_bkhw;
}

torch::Tensor MedclSamMethod::prompt_term(const Output& output, const torch::Tensor& members_pm,
                                          const torch::Tensor& target_bkhw) const {
  return union_cross_entropy(output.logits_bphw, balanced_annotation(target_bkhw, options_.balance),
                             members_pm);
}

}  // namespace medcl
