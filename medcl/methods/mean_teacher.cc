// SPDX-License-Identifier: Apache-2.0
// Mean teacher: the average of the weights labels images as they are; the student sees them with
// other intensities and learns the labels that the teacher is sure of.
//
// Source: Tarvainen & Valpola, NeurIPS 2017; confident hard labels and the strong view as in Sohn
// et al., FixMatch, NeurIPS 2020. docs/reference/methods.md says what differs.
#include "medcl/kernels/log_likelihood.h"
#include "medcl/methods/ramp.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/methods/strong_view.h"
#include "medcl/methods/teacher.h"
#include "medcl/objective/pseudo_label.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

struct MeanTeacherOptions {
  ScribbleTermOptions strokes{.balance = 0.5};
  TeacherOptions teacher;
  RampOptions ramp{.from = 0.25, .until = 0.4};
  AugmentOptions strong{.brightness = 0.3, .contrast = 0.3, .noise = 0.1};
  double confidence = 0.8;  ///< of what the teacher must be surer than
  double weight_pseudo = 0.5;

  void describe(OptionTable table) {
    strokes.describe(table);
    teacher.describe(table.scope("teacher"));
    ramp.describe(table.scope("ramp"));
    strong.describe(table.scope("strong"));
    table.add("teacher.confidence", confidence,
              "probability above which a prediction becomes a label", 0, 1);
    table.add("weight.pseudo", weight_pseudo,
              "weight of cross-entropy and Dice on labels that predictions gave", 0, 1000);
  }
};

class MeanTeacherMethod final : public Method {
 public:
  MeanTeacherMethod(const MeanTeacherOptions& options, const MethodContext& context)
      : options_(options),
        classes_(context.classes),
        teacher_(std::make_shared<Teacher>(options.teacher, context, context.seed)) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    const torch::Tensor target = with_annotation(teacher_labels(step.batch), strokes);
    const auto logits = step.network.forward(strong_view(step, options_.strong)).logits_bks;
    const double weight = options_.weight_pseudo * ramp_weight(options_.ramp, step.batch.progress);
    LossTerms terms;
    add_scribble_terms(options_.strokes, "scribble", logits, strokes, terms);
    terms.add("pseudo_ce",
              partial_cross_entropy_from_logits(
                  logits, balanced_annotation(target, options_.strokes.balance)),
              weight);
    terms.add("pseudo_dice", partial_dice(fast::softmax(logits), target), weight);
    return terms;
  }

  void after_step(const Step& step) override { teacher_->follow(step.network, step.batch.step); }
  torch::nn::Module* kept() override { return teacher_.get(); }

 private:
  [[nodiscard]] torch::Tensor teacher_labels(const Batch& batch) {
    const torch::Tensor prob_bks = teacher_->probabilities(batch.image_bcs);
    return confident_labels(without_absent(prob_bks, batch.present_bk), options_.confidence);
  }

  MeanTeacherOptions options_;
  std::int64_t classes_;
  std::shared_ptr<Teacher> teacher_;
};

}  // namespace

MethodEntry mean_teacher_method() {
  return {.name = "mean_teacher",
          .help = "an average of the weights labels what nobody annotated",
          .options = [](bool /*prompts*/) { return AnyOptions(MeanTeacherOptions{}); },
          .needs =
              [](const AnyOptions&, const MethodContext&) {
                return MethodNeeds{.following_networks = 1, .unlabelled = true};
              },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<MeanTeacherMethod>(options.as<MeanTeacherOptions>(), context);
          }};
}

}  // namespace medcl
