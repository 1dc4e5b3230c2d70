// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/medcl_options.h"

namespace medcl {

void MedclOptions::describe(OptionTable table) {
  inter_mix.describe(table.scope("inter_mix"));
  OptionTable of_mapping = table.scope("mapping");
  of_mapping.add("head", mapping.head, "mapping of class maps to codes");
  of_mapping.add("prototypes", mapping.prototypes, "prototypes d", 2, 65536);
  of_mapping.add("hidden", mapping.hidden, "hidden units of the mlp head", 1, 65536);
  of_mapping.add("temperature", mapping_temperature, "softmax temperature w of the mapping loss",
                 1e-3, 100);
  of_mapping.add("samples", mapping_samples,
                 "a score vector for each class map, or for each pixel (slow)");
  of_mapping.add("normalise", mapping_normalise, "codes of unit length in the mapping loss");
  OptionTable of_sinkhorn = table.scope("sinkhorn");
  of_sinkhorn.add("entropy_weight", sinkhorn.entropy_weight, "eps of the balanced assignment", 1e-3,
                  100);
  of_sinkhorn.add("iterations", sinkhorn.iterations, "sweeps of the balanced assignment", 1, 1000);
  OptionTable of_cluster = table.scope("cluster");
  of_cluster.add("temperature", cluster.temperature, "tau of the cluster loss", 1e-3, 100);
  of_cluster.add("reduction", cluster.reduction, "Eq. (4) as printed or as in the published code");
  of_cluster.add("codes", cluster_codes, "whose codes are clustered");
  of_cluster.add("rows", cluster_rows, "codes that are clustered: of the classes, of all maps");
  of_cluster.add("literal_negative", cluster.literal_negative,
                 "similarity with the sign printed in the paper");
  OptionTable of_mix = table.scope("mix");
  of_mix.add("maps", mix_maps, "maps compared by the mix consistency");
  of_mix.add(
      "target", mix_target,
      "what mixed images are compared with: the student's own predictions, a teacher's, both");
  teacher.describe(table);
  of_mix.add("stop_gradient", mix_stop_gradient, "mixed predictions are a constant target");
  table.add("anatomy.union_outputs", union_outputs,
            "unions of classes are outputs of their own, in training, instead of sums");
  OptionTable of_scribble = table.scope("scribble");
  of_scribble.add("dice", dice, "Dice on annotated pixels, or as in the published code");
  of_scribble.add("balance", balance,
                  "strength of a weight for rare classes in the cross-entropies, 0 = every pixel "
                  "alike, 1 = every class alike",
                  0, 1);
  describe_weights(table.scope("weight"));
}

void MedclOptions::describe_weights(OptionTable table) {
  table.add("distribution_from", distribution_from,
            "first step of the mapping, cluster and anatomy terms", 0, 1e9);
  const auto weight = [&table](const char* name, double& field, const std::string& of) {
    table.add(name, field, "weight of the " + of, 0, 1000);
  };
  weight("scribble_ce", weight_ce, "partial cross-entropy");
  weight("scribble_dice", weight_dice, "partial Dice loss");
  weight("category", weight_category, "category loss");
  weight("mix", weight_mix, "mix consistency, Eq. (1)");
  weight("mixed_ce", weight_mixed_ce, "cross-entropy on mixed images");
  weight("pseudo", weight_pseudo, "cross-entropy and Dice on labels that a teacher gave");
  weight("mapping", weight_mapping, "mapping loss, Eq. (2)-(3)");
  weight("cluster", weight_cluster, "cluster loss, Eq. (4)");
  weight("anatomy", weight_anatomy, "anatomy consistency, Eq. (5)");
  weight("union_ce", weight_union_ce, "cross-entropy of union outputs, where there are any");
}

}  // namespace medcl
