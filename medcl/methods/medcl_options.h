// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of MedCL, whatever its backbone.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2. Readings and departures:
// docs/explanation/paper_to_code.md.

#include <cstdint>
#include <map>
#include <string>

#include "medcl/mixing/inter_mix.h"
#include "medcl/objective/cluster.h"
#include "medcl/objective/mapping.h"

namespace medcl {

struct MedclOptions {
  InterMixOptions inter_mix;
  MappingOptions mapping;
  SinkhornOptions sinkhorn;
  double mapping_temperature = 0.1;      ///< w
  std::string mapping_samples = "maps";  ///< one score vector per class map, or per "pixels"
  /// Scores are entries of unit-length codes, as in SwAV; raw codes grow without bound, because
  /// each sums over thousands of pixels.
  bool mapping_normalise = true;
  ClusterOptions cluster;
  std::string cluster_reduction = "mean_of_ratios";
  /// Which rows are clustered: the m "classes" or all 2m-1 "maps", each also "_and_background".
  std::string cluster_rows = "classes";
  std::string cluster_codes =
      "original";  ///< codes of the images, or of "both" images and mixtures
  std::string mix_maps =
      "classes";                   ///< Eq. (1) over the m + 1 "classes" or the 2m-1 "anatomy" maps
  bool mix_stop_gradient = false;  ///< the mix of the predictions is a constant target
  /// Unions of classes are sums of class probabilities, or outputs of the network of their own (one
  /// for every union) that learn from the scribbles and that Eq. (5) ties to the classes.
  bool union_outputs = false;
  std::string dice = "annotated";      ///< partial Dice, or the published "whole_image" form
  double balance = 0;                  ///< of the classes in the cross-entropies, 0 .. 1
  std::int64_t distribution_from = 0;  ///< first step of the mapping, cluster and anatomy terms
  /// Weights of the terms; 0 switches a term off.
  double weight_ce = 1, weight_dice = 1, weight_category = 1, weight_mix = 1, weight_mixed_ce = 1,
         weight_mapping = 1, weight_cluster = 1, weight_anatomy = 1, weight_union_ce = 1;
  void describe(OptionTable& table);
  /// Of the terms of Eq. (6), by their names.
  [[nodiscard]] std::map<std::string, double> weights() const;
};

}  // namespace medcl
