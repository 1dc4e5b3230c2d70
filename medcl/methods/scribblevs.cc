// SPDX-License-Identifier: Apache-2.0
// ScribbleVS: whoever meets the scribbles better, the network or its average, gives the labels.
//
// Source: Wang et al., ScribbleVS, arXiv 2411.10237. docs/reference/methods.md says what differs.
#include "medcl/methods/pseudo_terms.h"
#include "medcl/methods/ramp.h"
#include "medcl/methods/scribble_terms.h"
#include "medcl/methods/teacher.h"
#include "medcl/objective/pseudo_label.h"
#include "medcl/objective/scribble.h"

namespace medcl {
namespace {

struct ScribbleVsOptions {
  ScribbleTermOptions strokes;
  TeacherOptions teacher{.ramp_up = false};
  RampOptions ramp;
  double confidence = 0.5;
  double weight_pseudo = 0.5;

  void describe(OptionTable table) {
    strokes.describe(table);
    teacher.describe(table.scope("teacher"));
    ramp.describe(table.scope("ramp"));
    table.add("teacher.confidence", confidence,
              "probability above which a prediction becomes a label", 0, 1);
    table.add("weight.pseudo", weight_pseudo,
              "weight of cross-entropy and Dice on labels that predictions gave", 0, 1000);
  }
};

class ScribbleVsMethod final : public Method {
 public:
  ScribbleVsMethod(const ScribbleVsOptions& options, const MethodContext& context)
      : options_(options),
        classes_(context.classes),
        teacher_(std::make_shared<Teacher>(options.teacher, context, context.seed)) {}

  LossTerms losses(const Step& step) override {
    const torch::Tensor strokes = step.batch.annotation.weights(classes_);
    const auto logits = step.network.forward(step.batch.image_bcs).logits_bks;
    LossTerms terms;
    add_scribble_terms(options_.strokes, "scribble", logits, strokes, terms);
    add_pseudo_terms(logits, winners_labels(logits.detach(), step.batch.image_bcs, strokes),
                     options_.weight_pseudo * ramp_weight(options_.ramp, step.batch.progress),
                     terms);
    return terms;
  }

  void after_step(const Step& step) override { teacher_->follow(step.network, step.batch.step); }
  torch::nn::Module* kept() override { return teacher_.get(); }

 private:
  /// The teacher's labels where its cross-entropy on the strokes of the batch is smaller, else
  /// those of the student.
  [[nodiscard]] torch::Tensor winners_labels(const torch::Tensor& logits_bks,
                                             const torch::Tensor& image_bcs,
                                             const torch::Tensor& strokes_bks) {
    const torch::Tensor teachers_bks = teacher_->predict(image_bcs).logits_bks;
    const torch::Tensor teacher_wins =
        partial_cross_entropy_from_logits(logits_bks, strokes_bks)
            .gt(partial_cross_entropy_from_logits(teachers_bks, strokes_bks));
    return confident_labels(torch::where(teacher_wins, teachers_bks, logits_bks).softmax(1),
                            options_.confidence);
  }

  ScribbleVsOptions options_;
  std::int64_t classes_;
  std::shared_ptr<Teacher> teacher_;
};

}  // namespace

MethodEntry scribblevs_method() {
  return {.name = "scribblevs",
          .help = "ScribbleVS: labels from the network or its average, as the scribbles judge",
          .options = [](bool /*prompts*/) { return AnyOptions(ScribbleVsOptions{}); },
          .needs =
              [](const AnyOptions&, const MethodContext&) {
                return MethodNeeds{.following_networks = 1, .unlabelled = true};
              },
          .make = [](const AnyOptions& options,
                     const MethodContext& context) -> std::unique_ptr<Method> {
            return std::make_unique<ScribbleVsMethod>(options.as<ScribbleVsOptions>(), context);
          }};
}

}  // namespace medcl
