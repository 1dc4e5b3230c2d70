// SPDX-License-Identifier: Apache-2.0
#pragma once

// MedCL-UNet: one training step of the paper.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2 and Eq. (1)-(6). Readings and departures:
// docs/explanation/paper_to_code.md.

#include "medcl/methods/method.h"
#include "medcl/mixing/class_sets.h"
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
  std::string dice = "annotated";  ///< partial Dice, or the published "whole_image" form
  std::int64_t distribution_from = 0;  ///< first step of the mapping, cluster and anatomy terms
  /// Weights of the terms; 0 switches a term off.
  double weight_ce = 1, weight_dice = 1, weight_category = 1, weight_mix = 1, weight_mixed_ce = 1,
         weight_mapping = 1, weight_cluster = 1, weight_anatomy = 1;
  void describe(OptionTable& table);
};

class MedclMethod : public Method {
 public:
  MedclMethod(const MedclOptions& options, const MethodContext& context);
  LossTerms losses(Segmenter& network, const Batch& batch) override;
  [[nodiscard]] std::map<std::string, double> weights() const override;
  torch::nn::Module* module() override { return head_.is_empty() ? nullptr : head_.ptr().get(); }
  [[nodiscard]] bool uses_intra_mix() const override { return true; }
  [[nodiscard]] bool uses_unlabelled() const override { return true; }

 private:
  [[nodiscard]] bool uses_distribution() const;
  [[nodiscard]] bool clusters_background() const;
  void add_distribution_terms(const torch::Tensor& prob_bkhw, const torch::Tensor& mixed_prob_bkhw,
                              const ClassSets& sets, LossTerms& terms);
  [[nodiscard]] torch::Tensor mapping_term(const torch::Tensor& codes_bkd,
                                           const torch::Tensor& maps_bkhw) const;
  [[nodiscard]] torch::Tensor cluster_term(const torch::Tensor& codes_bkd, std::int64_t m) const;

  MedclOptions options_;
  MethodContext context_;
  MappingHead head_{nullptr};
};

}  // namespace medcl
