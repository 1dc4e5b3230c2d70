// SPDX-License-Identifier: Apache-2.0
#pragma once

// MedCL-UNet: one training step of the paper.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Sec. 2 and Eq. (1)-(6). Readings and departures:
// docs/explanation/paper_to_code.md.

#include <memory>

#include "medcl/methods/distribution.h"
#include "medcl/methods/medcl_options.h"
#include "medcl/methods/method.h"
#include "medcl/methods/teacher_target.h"
#include "medcl/mixing/class_sets.h"
#include "medcl/mixing/inter_mix.h"

namespace medcl {

class MedclMethod : public Method {
 public:
  MedclMethod(const MedclOptions& options, const MethodContext& context);
  static MethodNeeds needs(const MedclOptions& options, const MethodContext& context);
  LossTerms losses(const Step& step) override;
  void after_step(const Step& step) override {
    if (teacher_) teacher_->after_step(step);
  }
  torch::nn::Module* trained() override { return distribution_.module(); }
  torch::nn::Module* kept() override { return teacher_ ? teacher_->module() : nullptr; }

 private:
  struct Output {
    torch::Tensor logits_bks;
    /// For terms of strokes and categories, for mixing and for anatomy maps: one tensor, of whose
    /// users' gradients fast::uses makes the sum.
    torch::Tensor prob_bks, mix_prob_bks, map_prob_bks;
    torch::Tensor union_logits_bus;  ///< without maps if unused
  };
  /// A pass over mixed images, and what their strokes say.
  struct Mixture {
    Output output;
    torch::Tensor strokes_bks;
  };
  [[nodiscard]] ClassSets drawn_sets(RandomStream& random) const;
  [[nodiscard]] Output output(Network& network, const torch::Tensor& image_bcs) const;
  /// The 2m-1 anatomy maps.
  [[nodiscard]] torch::Tensor maps_of(const Output& output, const ClassSets& sets) const;
  /// Those that Eq. (1) compares.
  [[nodiscard]] torch::Tensor mix_maps(const Output& output, const ClassSets& sets) const;
  [[nodiscard]] torch::Tensor cross_entropy(const Output& output,
                                            const torch::Tensor& target_bks) const;
  /// Eq. (1) between the batch and its blends; gives the latter.
  Mixture add_blend_terms(const Step& step, const Output& original, const ClassSets& sets,
                          LossTerms& terms);
  /// Eq. (1) with the teacher's target; gives the strong view.
  Mixture add_teacher_terms(const Step& step, LossTerms& terms);
  [[nodiscard]] torch::Tensor union_term(const Output& output,
                                         const torch::Tensor& target_bks) const;

  MedclOptions options_;
  MethodContext context_;
  std::vector<std::vector<std::int64_t>> unions_;  ///< that have outputs of their own: kept_unions
  DistributionTerms distribution_;
  std::unique_ptr<TeacherTarget> teacher_;  ///< null without a teacher's target
};

}  // namespace medcl
