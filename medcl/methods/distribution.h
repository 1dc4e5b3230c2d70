// SPDX-License-Identifier: Apache-2.0
#pragma once

// The terms of MedCL on the distribution of its class maps: maps become codes, codes agree with
// their balanced assignment, gather by class, and unions look like the sum of their classes.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2.2 and Eq. (2)-(5). Shape suffixes: b = batch, k =
// 2m-1 maps, s = axes in space, d = prototypes.

#include "medcl/methods/medcl_options.h"
#include "medcl/methods/method.h"
#include "medcl/mixing/class_sets.h"

namespace medcl {

/// The 2m-1 anatomy maps of the images and of their mixtures, and the background of both.
struct MapPair {
  torch::Tensor own_bks, mixed_bks;
  torch::Tensor own_background_b1s, mixed_background_b1s;  ///< used if the options cluster it
};

class DistributionTerms {
 public:
  /// The mapping head is a function of the seed of `context`.
  DistributionTerms(const MedclOptions& options, const MethodContext& context);
  /// Whether any of the terms has a weight.
  [[nodiscard]] static bool used(const MedclOptions& options);
  /// How many values the mapping head has, were it made with these arguments.
  [[nodiscard]] static double trained_values(const MedclOptions& options,
                                             const MethodContext& context);
  /// Whether the terms are used and have begun at this step.
  [[nodiscard]] bool active(std::int64_t step) const;
  /// The mapping head; null when no term is used.
  [[nodiscard]] torch::nn::Module* module() {
    return head_.is_empty() ? nullptr : head_.ptr().get();
  }
  /// Appends "mapping", "cluster" and "anatomy" with their weights.
  void add(const MapPair& maps, const ClassSets& sets, LossTerms& terms);

 private:
  [[nodiscard]] bool clusters_background() const;
  [[nodiscard]] torch::Tensor mapping_term(const torch::Tensor& codes_bkd,
                                           const torch::Tensor& maps_bks) const;
  [[nodiscard]] torch::Tensor cluster_term(const torch::Tensor& codes_bkd, std::int64_t m) const;

  MedclOptions options_;
  MappingHead head_{nullptr};
};

}  // namespace medcl
