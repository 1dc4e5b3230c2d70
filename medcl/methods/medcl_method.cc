// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_method.h"

#include <algorithm>

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
  table.add("anatomy.union_outputs", union_outputs,
            "unions of classes are outputs of their own, in training, instead of sums");
  table.add("scribble.dice", dice, "Dice on annotated pixels, or as in the published code",
            {"annotated", "whole_image"});
  table.add("scribble.balance", balance,
            "strength of a weight for rare classes in the cross-entropies, 0 = every pixel alike, "
            "1 = every class alike",
            0, 1);
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
  table.add("weight.union_ce", weight_union_ce,
            "weight of the cross-entropy of union outputs, where there are any", 0, 1000);
}

MedclMethod::MedclMethod(const MedclOptions& options, const MethodContext& context)
    : options_(options), context_(context) {
  options_.cluster.reduction = options.cluster_reduction == "ratio_of_sums"
                                   ? ClusterReduction::kRatioOfSums
                                   : ClusterReduction::kMeanOfRatios;
  if (options.union_outputs) {
    unions_ = all_unions(context.classes - 1);
  }
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
          {"cluster", options_.weight_cluster},   {"anatomy", options_.weight_anatomy},
          {"union_ce", options_.weight_union_ce}};
}

std::int64_t MedclMethod::extra_outputs() const {
  return static_cast<std::int64_t>(unions_.size());
}

MedclMethod::Output MedclMethod::output(Segmenter& network, const torch::Tensor& image_bchw) const {
  const auto all = network.forward(image_bchw);
  const auto logits = all.narrow(1, 0, context_.classes);
  return {logits, logits.softmax(1), all.narrow(1, context_.classes, extra_outputs())};
}

LossTerms MedclMethod::losses(Segmenter& network, const Batch& batch) {
  RandomStream mix_random = stream(context_, batch.step, Purpose::kInterMix);
  RandomStream set_random = stream(context_, batch.step, Purpose::kClassSets);
  const InterMixDraw inter = draw_inter_mix(options_.inter_mix, batch.image_bchw.size(0),
                                            mix_random, batch.image_bchw.device());
  const ClassSets sets = nested_class_sets(context_.classes - 1, set_random);
  const torch::Tensor& target = batch.target_bkhw;

  const Output original = output(network, batch.image_bchw);
  const Output mixed = output(network, inter.mix(batch.image_bchw));

  LossTerms terms;
  const auto add = [&terms](const char* name, const torch::Tensor& value) {
    terms.terms.emplace_back(name, value);
  };
  const auto cross_entropy = [this](const Output& output, const torch::Tensor& annotation) {
    return partial_cross_entropy_from_logits(output.logits_bkhw,
                                             balanced_annotation(annotation, options_.balance));
  };
  add("scribble_ce", cross_entropy(original, target));
  add("scribble_dice", options_.dice == "annotated" ? partial_dice(original.prob_bkhw, target)
                                                    : whole_image_dice(original.prob_bkhw, target));
  add("category", category_loss(original.prob_bkhw, batch.present_bk));
  add("mixed_ce", cross_entropy(mixed, inter.mix(target)));
  add("mix", mix_term(original, mixed, inter, sets));
  if (options_.union_outputs) {
    add("union_ce", union_term(original, mixed, inter, target));
  }
  if (uses_distribution() && batch.step >= options_.distribution_from) {
    add_distribution_terms(original, mixed, sets, terms);
  }
  return terms;
}

torch::Tensor MedclMethod::maps_of(const Output& output, const ClassSets& sets) const {
  if (!options_.union_outputs) {
    return anatomy_maps(output.prob_bkhw, sets);
  }
  std::vector<torch::Tensor> maps{output.prob_bkhw.narrow(1, 1, sets.m)};
  for (const auto& set : sets.sets) {
    const auto index = std::find(unions_.begin(), unions_.end(), set) - unions_.begin();
    maps.push_back(output.union_logits_buhw.narrow(1, index, 1).sigmoid());
  }
  return torch::cat(maps, 1);
}

torch::Tensor MedclMethod::mix_term(const Output& original, const Output& mixed,
                                    const InterMixDraw& inter, const ClassSets& sets) const {
  const bool anatomy = options_.mix_maps == "anatomy";
  const auto maps = anatomy ? maps_of(original, sets) : original.prob_bkhw;
  const auto target = inter.mix(options_.mix_stop_gradient ? maps.detach() : maps);
  return 1 + mix_consistency_loss(anatomy ? maps_of(mixed, sets) : mixed.prob_bkhw, target);
}

torch::Tensor MedclMethod::union_term(const Output& original, const Output& mixed,
                                      const InterMixDraw& inter,
                                      const torch::Tensor& target_bkhw) const {
  const auto members = membership({context_.classes - 1, unions_}, target_bkhw.options());
  return union_cross_entropy(original.union_logits_buhw, target_bkhw, members) +
         union_cross_entropy(mixed.union_logits_buhw, inter.mix(target_bkhw), members);
}

void MedclMethod::add_distribution_terms(const Output& original, const Output& mixed,
                                         const ClassSets& sets, LossTerms& terms) {
  const std::int64_t batch = original.prob_bkhw.size(0);
  const auto own_maps = maps_of(original, sets);
  const auto maps = torch::cat({own_maps, maps_of(mixed, sets)});
  const auto background = [&] {
    return torch::cat({original.prob_bkhw, mixed.prob_bkhw}).narrow(1, 0, 1);
  };
  const auto mapped = clusters_background() ? torch::cat({maps, background()}, 1) : maps;
  const auto codes = head_->forward(mapped);
  const auto own = options_.cluster_codes == "both" ? codes : codes.slice(0, 0, batch);
  terms.terms.emplace_back("mapping", mapping_term(codes, mapped));
  terms.terms.emplace_back("cluster", cluster_term(own, sets.m));
  const auto own_codes = codes.slice(0, 0, batch).narrow(1, 0, own_maps.size(1));
  const auto anatomy = anatomy_consistency_loss(own_maps, own_codes, sets);
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
