// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_options.h"

namespace medcl {

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

std::map<std::string, double> MedclOptions::weights() const {
  return {
      {"scribble_ce", weight_ce},  {"scribble_dice", weight_dice}, {"category", weight_category},
      {"mix", weight_mix},         {"mixed_ce", weight_mixed_ce},  {"mapping", weight_mapping},
      {"cluster", weight_cluster}, {"anatomy", weight_anatomy},    {"union_ce", weight_union_ce}};
}

}  // namespace medcl
