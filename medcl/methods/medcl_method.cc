// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_method.h"

#include "medcl/mixing/class_sets.h"
#include "medcl/model/initialise.h"
#include "medcl/objective/anatomy_consistency.h"
#include "medcl/objective/category.h"
#include "medcl/objective/mix_consistency.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

RandomStream stream(const MethodContext& context, std::int64_t step, Purpose purpose) {
  return RandomStream(
      {.seed = context.seed, .epoch = static_cast<std::uint32_t>(step), .purpose = purpose});
}

torch::Tensor unit_length(const torch::Tensor& codes_bkd) {
  return codes_bkd / codes_bkd.norm(2, -1, true).clamp_min(1e-8);
}

}  // namespace

void MedclOptions::describe(OptionTable& table) {
  inter_mix.describe(table);
  table.add("mapping.head", mapping.head, "mapping of class maps to codes",
            {"linear", "linear_norm", "mlp"});
  table.add("mapping.prototypes", mapping.prototypes, "prototypes d", 2, 65536);
  table.add("mapping.hidden", mapping.hidden, "hidden units of the mlp head", 1, 65536);
  table.add("mapping.temperature", mapping_temperature, "softmax temperature w of the mapping loss",
            1e-3, 100);
  table.add("mapping.samples", mapping_samples,
            "a score vector for each class map, or for each pixel (slow)", {"maps", "pixels"});
  table.add("mapping.normalise", mapping_normalise, "codes of unit length in the mapping loss");
  table.add("sinkhorn.entropy_weight", sinkhorn.entropy_weight, "eps of the balanced assignment",
            1e-3, 100);
  table.add("sinkhorn.iterations", sinkhorn.iterations, "sweeps of the balanced assignment", 1,
            1000);
  table.add("cluster.temperature", cluster.temperature, "tau of the cluster loss", 1e-3, 100);
  table.add("cluster.reduction", cluster_reduction,
            "Eq. (4) as printed or as in the published code", {"ratio_of_sums", "mean_of_ratios"});
  table.add("cluster.codes", cluster_codes, "whose codes are clustered", {"original", "both"});
  table.add("cluster.rows", cluster_rows, "codes that are clustered: of the classes, of all maps",
            {"classes", "maps", "classes_and_background", "maps_and_background"});
  table.add("cluster.literal_negative", cluster.literal_negative,
            "similarity with the sign printed in the paper");
  table.add("mix.maps", mix_maps, "maps compared by the mix consistency", {"classes", "anatomy"});
  table.add("mix.stop_gradient", mix_stop_gradient, "mixed predictions are a constant target");
  table.add("scribble.dice", dice, "Dice on annotated pixels, or as in the published code",
            {"annotated", "whole_image"});
  table.add("weight.distribution_from", distribution_from,
            "first step of the mapping, cluster and anatomy terms", 0, 1e9);
  table.add("weight.scribble_ce", weight_ce, "weight of the partial cross-entropy", 0, 1000);
  table.add("weight.scribble_dice", weight_dice, "weight of the partial Dice loss", 0, 1000);
  table.add("weight.category", weight_category, "weight of the category loss", 0, 1000);
  table.add("weight.mix", weight_mix, "weight of the mix consistency, Eq. (1)", 0, 1000);
  table.add("weight.mixed_ce", weight_mixed_ce, "weight of the cross-entropy on mixed images", 0,
            1000);
  table.add("weight.mapping", weight_mapping, "weight of the mapping loss, Eq. (2)-(3)", 0, 1000);
  table.add("weight.cluster", weight_cluster, "weight of the cluster loss, Eq. (4)", 0, 1000);
  table.add("weight.anatomy", weight_anatomy, "weight of the anatomy consistency, Eq. (5)", 0,
            1000);
}

MedclMethod::MedclMethod(const MedclOptions& options, const MethodContext& context)
    : options_(options), context_(context) {
  options_.cluster.reduction = options.cluster_reduction == "ratio_of_sums"
                                   ? ClusterReduction::kRatioOfSums
                                   : ClusterReduction::kMeanOfRatios;
  options_.cluster.all_rows = true;  // cluster_term chooses the rows
  if (uses_distribution()) {
    const std::int64_t maps = 2 * (context.classes - 1) - 1 + (clusters_background() ? 1 : 0);
    head_ = MappingHead(context.crop_size * context.crop_size, maps, options.mapping);
    initialise_weights(*head_, context.seed, 1);
  }
}

bool MedclMethod::uses_distribution() const {
  return options_.weight_mapping > 0 || options_.weight_cluster > 0 || options_.weight_anatomy > 0;
}

bool MedclMethod::clusters_background() const {
  return options_.cluster_rows.ends_with("_and_background");
}

std::map<std::string, double> MedclMethod::weights() const {
  return {{"scribble_ce", options_.weight_ce},    {"scribble_dice", options_.weight_dice},
          {"category", options_.weight_category}, {"mix", options_.weight_mix},
          {"mixed_ce", options_.weight_mixed_ce}, {"mapping", options_.weight_mapping},
          {"cluster", options_.weight_cluster},   {"anatomy", options_.weight_anatomy}};
}

LossTerms MedclMethod::losses(Segmenter& network, const Batch& batch) {
  RandomStream mix_random = stream(context_, batch.step, Purpose::kInterMix);
  RandomStream set_random = stream(context_, batch.step, Purpose::kClassSets);
  const InterMixDraw inter = draw_inter_mix(options_.inter_mix, batch.image_bchw.size(0),
                                            mix_random, batch.image_bchw.device());
  const ClassSets sets = nested_class_sets(context_.classes - 1, set_random);

  const auto logits = network.forward(batch.image_bchw);
  const auto mixed_logits = network.forward(inter.mix(batch.image_bchw));
  const auto prob = logits.softmax(1);
  const auto mixed_prob = mixed_logits.softmax(1);

  LossTerms terms;
  terms.terms.emplace_back("scribble_ce",
                           partial_cross_entropy_from_logits(logits, batch.target_bkhw));
  terms.terms.emplace_back("scribble_dice", options_.dice == "annotated"
                                                ? partial_dice(prob, batch.target_bkhw)
                                                : whole_image_dice(prob, batch.target_bkhw));
  terms.terms.emplace_back("category", category_loss(prob, batch.present_bk));
  terms.terms.emplace_back(
      "mixed_ce", partial_cross_entropy_from_logits(mixed_logits, inter.mix(batch.target_bkhw)));
  auto target = inter.mix(options_.mix_stop_gradient ? prob.detach() : prob);
  auto mixed = mixed_prob;
  if (options_.mix_maps == "anatomy") {
    target = anatomy_maps(target, sets);
    mixed = anatomy_maps(mixed, sets);
  }
  terms.terms.emplace_back("mix", 1 + mix_consistency_loss(mixed, target));
  if (uses_distribution() && batch.step >= options_.distribution_from) {
    add_distribution_terms(prob, mixed_prob, sets, terms);
  }
  return terms;
}

void MedclMethod::add_distribution_terms(const torch::Tensor& prob_bkhw,
                                         const torch::Tensor& mixed_prob_bkhw,
                                         const ClassSets& sets, LossTerms& terms) {
  const std::int64_t batch = prob_bkhw.size(0);
  const auto prob = torch::cat({prob_bkhw, mixed_prob_bkhw});
  const auto maps = anatomy_maps(prob, sets);
  const auto mapped = clusters_background() ? torch::cat({maps, prob.narrow(1, 0, 1)}, 1) : maps;
  const auto codes = head_->forward(mapped);
  const auto own = options_.cluster_codes == "both" ? codes : codes.slice(0, 0, batch);
  terms.terms.emplace_back("mapping", mapping_term(codes, mapped));
  terms.terms.emplace_back("cluster", cluster_term(own, sets.m));
  const auto anatomy = anatomy_consistency_loss(
      maps.slice(0, 0, batch), codes.slice(0, 0, batch).narrow(1, 0, maps.size(1)), sets);
  terms.terms.emplace_back("anatomy", anatomy.segmentation + anatomy.prototypes);
}

torch::Tensor MedclMethod::mapping_term(const torch::Tensor& codes_bkd,
                                        const torch::Tensor& maps_bkhw) const {
  const auto codes = options_.mapping_normalise ? unit_length(codes_bkd) : codes_bkd;
  if (options_.mapping_samples == "pixels") {
    return pixel_mapping_loss(codes, maps_bkhw, options_.sinkhorn, options_.mapping_temperature);
  }
  const auto scores_dn = codes.flatten(0, 1).transpose(0, 1);  // one column per class map
  return mapping_loss(scores_dn, options_.sinkhorn, options_.mapping_temperature);
}

torch::Tensor MedclMethod::cluster_term(const torch::Tensor& codes_bkd, std::int64_t m) const {
  const std::int64_t background = clusters_background() ? 1 : 0;
  const std::int64_t maps = codes_bkd.size(1) - background;
  const bool unions = options_.cluster_rows.starts_with("maps");
  const auto rows = torch::cat(
      {codes_bkd.narrow(1, 0, unions ? maps : m), codes_bkd.narrow(1, maps, background)}, 1);
  return cluster_loss(rows, rows.size(1), options_.cluster);
}

}  // namespace medcl
