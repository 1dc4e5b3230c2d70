// SPDX-License-Identifier: Apache-2.0
// SDT-Net: of two teachers the one that meets the scribbles better gives labels and features, and
// follows the student.
//
// Source: Nguyen et al., Scribble-supervised medical image segmentation with dynamic teacher
// switching and hierarchical consistency, arXiv 2601.14563. docs/reference/methods.md says what
// differs.
#include "medcl/methods/pseudo_terms.h"
#include "medcl/methods/ramp.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/methods/teacher.h"
#include "medcl/objective/pseudo_label.h"
#include "medcl/objective/scribble.h"
#include "medcl/objective/similarity.h"

namespace medcl {
namespace {

struct SdtNetOptions {
  ScribbleTermOptions strokes;
  TeacherOptions teacher{.ramp_up = false};
  RampOptions ramp{.from = 0, .until = 0.4};
  double confidence = 0.5;
  double weight_pseudo = 0.5, weight_features = 0.5;

  void describe(OptionTable table) {
    strokes.describe(table);
    teacher.describe(table.scope("teacher"));
    ramp.describe(table.scope("ramp"));
    table.add("teacher.confidence", confidence,
              "probability above which a prediction becomes a label", 0, 1);
    table.add("weight.pseudo", weight_pseudo,
              "weight of cross-entropy and Dice on labels that predictions gave", 0, 1000);
    table.add("weight.features", weight_features,
              "weight of the distance to the teacher's finest and coarsest features", 0, 1000);
  }
};

/// Half the mean absolute difference and half of 1 - cosine, the mean over images.
torch::Tensor feature_distance(const torch::Tensor& student_bcs, const torch::Tensor& teacher_bcs) {
  const torch::Tensor cosine_b = cosine(student_bcs.flatten(1), teacher_bcs.flatten(1), 1);
  return ((student_bcs - teacher_bcs).abs().mean() + 1 - cosine_b.mean()) * 0.5;
}

class SdtNetMethod final : public Method {
 public:
  SdtNetMethod(const SdtNetOptions& options, const MethodContext& context)
      : options_(options), classes_(context.classes), teachers_("teachers") {
    for (std::uint64_t i = 0; i < 2; ++i) {
      teacher_.push_back(teachers_.register_module(
          i == 0 ? "first" : "second",
          std::make_shared<Teacher>(options.teacher, context, context.seed + i)));
    }
  }

  static MethodNeeds needs() {
    return {.network = {.features = true, .deepest_features = true},
            .following_networks = 2,
            .unlabelled = true};
  }

  LossTerms losses(const Step& step) override {
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    const NetworkOutput student = step.network.forward(step.batch.image_bcs);
    const NetworkOutput teacher = better_teacher(step.batch.image_bcs, strokes);
    const double ramp = ramp_weight(options_.ramp, step.batch.progress);
    LossTerms terms;
    add_scribble_terms(options_.strokes, "scribble", student.logits_bks, strokes, terms);
    add_pseudo_terms(student.logits_bks,
                     confident_labels(teacher.logits_bks.softmax(1), options_.confidence),
                     options_.weight_pseudo * ramp, terms);
    terms.add("features",
              feature_distance(student.features_bcs, teacher.features_bcs) +
                  feature_distance(student.deepest_bcs, teacher.deepest_bcs),
              options_.weight_features * ramp);
    terms.add("second_teaches", torch::full({}, static_cast<double>(teaching_)), 0);
    return terms;
  }

  void after_step(const Step& step) override {
    teacher_[teaching_]->follow(step.network, step.batch.step);
  }
  torch::nn::Module* kept() override { return &teachers_; }

 private:
  /// What the teacher with the smaller cross-entropy on the strokes of the batch says, the first
  /// where both are equal; it teaches in this step.
  NetworkOutput better_teacher(const torch::Tensor& image_bcs, const torch::Tensor& strokes_bks) {
    NetworkOutput first = teacher_[0]->predict(image_bcs);
    NetworkOutput second = teacher_[1]->predict(image_bcs);
    const auto second_wins =
        partial_cross_entropy_from_logits(second.logits_bks, strokes_bks)
            .lt(partial_cross_entropy_from_logits(first.logits_bks, strokes_bks));
    teaching_ = second_wins.item<bool>() ? 1 : 0;
    return teaching_ == 1 ? std::move(second) : std::move(first);
  }

  SdtNetOptions options_;
  std::int64_t classes_;
  torch::nn::Module teachers_;
  std::vector<std::shared_ptr<Teacher>> teacher_;
  std::size_t teaching_ = 0;  ///< from losses() to after_step()
};

}  // namespace

MethodEntry sdt_net_method() {
  return {.name = "sdt_net",
          .help = "SDT-Net: two averages of the weights, of which the better one teaches",
          .options = [](bool /*prompts*/) { return AnyOptions(SdtNetOptions{}); },
          .needs = [](const AnyOptions&, const MethodContext&) { return SdtNetMethod::needs(); },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<SdtNetMethod>(options.as<SdtNetOptions>(), context);
          }};
}

}  // namespace medcl
