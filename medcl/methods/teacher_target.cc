// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/teacher_target.h"

#include <vector>

#include "medcl/core/error.h"
#include "medcl/methods/strong_view.h"
#include "medcl/mixing/hole.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/mixing/map_extent.h"
#include "medcl/objective/pseudo_label.h"

namespace medcl {
namespace {

/// The batch as if its clean view were all there is.
Batch clean_batch(const Batch& batch) {
  check(batch.clean_image_bcs.defined(), "a batch with a clean view");
  Batch clean = batch;
  clean.image_bcs = batch.clean_image_bcs;
  clean.annotation = {.labels_bs = batch.clean_labels_bs, .target_bks = {}};
  return clean;
}

/// Whom each image shows a box of, and where.
struct Boxes {
  torch::Tensor partner_b, mask_b1s;

  [[nodiscard]] torch::Tensor paste(const torch::Tensor& maps) const {
    return torch::where(mask_b1s, maps.index_select(0, partner_b), maps);
  }
};

Boxes draw_boxes(const TeacherTargetOptions& options, const Step& step) {
  const torch::Tensor& image = step.batch.image_bcs;
  RandomStream partners = step.random(Purpose::kInterMix, 1);
  RandomStream places = step.random(Purpose::kIntraMix, static_cast<std::uint32_t>(image.size(0)));
  std::vector<std::vector<Box>> boxes(static_cast<std::size_t>(image.size(0)));
  for (auto& of_image : boxes) {
    if (!places.chance(options.box)) continue;
    of_image = {random_box(extent_of(image), options.box_min, options.box_max, places)};
  }
  return {draw_inter_mix({}, image.size(0), partners, image.device()).partner_b,
          mask_of(boxes, image)};
}

}  // namespace

void TeacherTargetOptions::describe(OptionTable table) {
  teacher.describe(table.scope("teacher"));
  table.add("teacher.confidence", confidence,
            "probability above which a prediction becomes a label", 0, 1);
  ramp.describe(table.scope("ramp"));
  strong.describe(table.scope("strong"));
  OptionTable of_box = table.scope("strong");
  of_box.add("box", box, "chance that an image shows a box of another one", 0, 1);
  of_box.add("box_min", box_min, "smallest side of that box, as a share of the image's", 0.01, 1);
  of_box.add("box_max", box_max, "largest side of that box, as a share of the image's", 0.01, 1);
  table.add("anatomy.prior", prior.strength,
            "strength of the distribution of the anatomy as a prior on the teacher's target, 0 = "
            "none",
            0, 1);
}

TeacherTarget::TeacherTarget(const TeacherTargetOptions& options, const MethodContext& context)
    : options_(options),
      classes_(context.classes),
      state_(std::make_shared<torch::nn::Module>()),
      teacher_(std::make_shared<Teacher>(options.teacher, context, context.seed)) {
  state_->register_module("teacher", teacher_);
  if (options.box_min > options.box_max) {
    fail(ErrorCode::kUsage, {.what = "is larger than strong.box_max",
                             .where = "strong.box_min",
                             .expected = "at most strong.box_max"});
  }
  if (options.prior.strength > 0 && context.network.axes != 2) {
    fail(ErrorCode::kUsage, {.what = "the prior of the anatomy is for networks of slices",
                             .where = "anatomy.prior",
                             .expected = "0 with a network of volumes"});
  }
  if (options.prior.strength > 0) {
    prior_ = std::make_shared<AnatomyPrior>(context.classes, options.prior);
    state_->register_module("prior", prior_);
  }
}

StrongView TeacherTarget::draw(const Step& step) {
  const Batch clean = clean_batch(step.batch);
  const Step on_clean{step.network, clean, step.seed};
  const torch::Tensor strokes_bks = clean.annotation.weights(classes_);
  const Boxes boxes = draw_boxes(options_, on_clean);
  StrongView view{.image_bcs = boxes.paste(strong_view(on_clean, options_.strong)),
                  .strokes_bks = boxes.paste(strokes_bks),
                  .weight = ramp_weight(options_.ramp, step.batch.progress)};
  view.target_bks = view.weight > 0
                        ? boxes.paste(with_annotation(corrected(clean, strokes_bks), strokes_bks))
                        : view.strokes_bks;
  return view;
}

torch::Tensor TeacherTarget::corrected(const Batch& batch, const torch::Tensor& strokes_bks) {
  torch::Tensor prob_bks =
      without_absent(teacher_->probabilities(batch.image_bcs), batch.present_bk);
  if (prior_) {
    const AnatomyFrame frame = AnatomyFrame::of(prob_bks);
    const auto scribbled_b = strokes_bks.flatten(1).amax(1) > 0;
    const auto complete_b = (batch.present_bk > 0).all(1);
    prior_->update(with_annotation(prob_bks, strokes_bks), frame, scribbled_b & complete_b);
    prob_bks = prior_->apply(prob_bks, frame);
  }
  return confident_labels(prob_bks, options_.confidence);
}

void TeacherTarget::after_step(const Step& step) {
  teacher_->follow(step.network, step.batch.step);
}

}  // namespace medcl
