// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/distribution.h"

#include "medcl/model/initialise.h"
#include "medcl/objective/anatomy_consistency.h"

namespace medcl {
namespace {

torch::Tensor unit_length(const torch::Tensor& codes_bkd) {
  return codes_bkd / codes_bkd.norm(2, -1, true).clamp_min(1e-8);
}

}  // namespace

DistributionTerms::DistributionTerms(const MedclOptions& options, const MethodContext& context)
    : options_(options) {
  if (used(options)) {
    const std::int64_t maps = 2 * (context.classes - 1) - 1 + (clusters_background() ? 1 : 0);
    head_ = MappingHead(context.map.count(), maps, options.mapping);
    initialise_weights(*head_, context.seed, 1);
    head_->set_compute_type(context.compute_type);
  }
}

bool DistributionTerms::used(const MedclOptions& options) {
  return options.weight_mapping > 0 || options.weight_cluster > 0 || options.weight_anatomy > 0;
}

double DistributionTerms::trained_values(const MedclOptions& options,
                                         const MethodContext& context) {
  const auto pixels = static_cast<double>(context.map.count());
  return used(options) ? pixels * static_cast<double>(options.mapping.prototypes) : 0;
}

bool DistributionTerms::active(std::int64_t step) const {
  return !head_.is_empty() && step >= options_.distribution_from;
}

bool DistributionTerms::clusters_background() const {
  return options_.cluster_rows == ClusterRows::kClassesAndBackground ||
         options_.cluster_rows == ClusterRows::kMapsAndBackground;
}

void DistributionTerms::add(const MapPair& maps, const ClassSets& sets, LossTerms& terms) {
  const std::int64_t batch = maps.own_bks.size(0);
  torch::Tensor mapped = torch::cat({maps.own_bks, maps.mixed_bks});
  if (clusters_background()) {
    mapped =
        torch::cat({mapped, torch::cat({maps.own_background_b1s, maps.mixed_background_b1s})}, 1);
  }
  const auto codes = head_->forward(mapped);
  const auto own = options_.cluster_codes == ClusterCodes::kBoth ? codes : codes.slice(0, 0, batch);
  terms.add("mapping", mapping_term(codes, mapped), options_.weight_mapping);
  terms.add("cluster", cluster_term(own, sets.m), options_.weight_cluster);
  const auto own_codes = codes.slice(0, 0, batch).narrow(1, 0, maps.own_bks.size(1));
  const auto anatomy = anatomy_consistency_loss(maps.own_bks, own_codes, sets);
  terms.add("anatomy", anatomy.segmentation + anatomy.prototypes, options_.weight_anatomy);
}

torch::Tensor DistributionTerms::mapping_term(const torch::Tensor& codes_bkd,
                                              const torch::Tensor& maps_bks) const {
  const auto codes = options_.mapping_normalise ? unit_length(codes_bkd) : codes_bkd;
  if (options_.mapping_samples == MappingSamples::kPixels) {
    return pixel_mapping_loss(codes, maps_bks, options_.sinkhorn, options_.mapping_temperature);
  }
  const auto scores_dn = codes.flatten(0, 1).transpose(0, 1);  // one column per class map
  return mapping_loss(scores_dn, options_.sinkhorn, options_.mapping_temperature);
}

torch::Tensor DistributionTerms::cluster_term(const torch::Tensor& codes_bkd,
                                              std::int64_t m) const {
  const std::int64_t background = clusters_background() ? 1 : 0;
  const std::int64_t maps = codes_bkd.size(1) - background;
  const bool unions = options_.cluster_rows == ClusterRows::kMaps ||
                      options_.cluster_rows == ClusterRows::kMapsAndBackground;
  const auto rows = torch::cat(
      {codes_bkd.narrow(1, 0, unions ? maps : m), codes_bkd.narrow(1, maps, background)}, 1);
  return cluster_loss(rows, rows.size(1), options_.cluster);
}

}  // namespace medcl
