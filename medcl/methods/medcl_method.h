// SPDX-License-Identifier: Apache-2.0
#pragma once

// MedCL-UNet: one training step of the paper.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2 and Eq. (1)-(6). Readings and departures:
// docs/explanation/paper_to_code.md.

#include "medcl/methods/distribution.h"
#include "medcl/methods/medcl_options.h"
#include "medcl/methods/method.h"
#include "medcl/mixing/class_sets.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {

class MedclMethod : public Method {
 public:
  MedclMethod(const MedclOptions& options, const MethodContext& context);
  LossTerms losses(Segmenter& network, const Batch& batch) override;
  [[nodiscard]] std::map<std::string, double> weights() const override {
    return options_.weights();
  }
  torch::nn::Module* module() override { return distribution_.module(); }
  [[nodiscard]] std::int64_t extra_outputs() const override;
  [[nodiscard]] bool uses_intra_mix() const override { return true; }
  [[nodiscard]] bool uses_unlabelled() const override { return true; }

 private:
  struct Output {
    torch::Tensor logits_bkhw, prob_bkhw, union_logits_buhw;  ///< the last without maps if unused
  };
  [[nodiscard]] Output output(Segmenter& network, const torch::Tensor& image_bchw) const;
  /// The 2m-1 anatomy maps.
  [[nodiscard]] torch::Tensor maps_of(const Output& output, const ClassSets& sets) const;
  /// Those that Eq. (1) compares.
  [[nodiscard]] torch::Tensor mix_maps(const Output& output, const ClassSets& sets) const;
  [[nodiscard]] torch::Tensor union_term(const Output& output,
                                         const torch::Tensor& target_bkhw) const;

  MedclOptions options_;
  MethodContext context_;
  std::vector<std::vector<std::int64_t>> unions_;  ///< that have outputs of their own
  DistributionTerms distribution_;
};

}  // namespace medcl
