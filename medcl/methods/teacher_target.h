// SPDX-License-Identifier: Apache-2.0
#pragma once

// The target of Eq. (1) from a teacher instead of from the student itself, and a strong view of two
// images in one to compare it with.
//
// Source: MedCL, Sec. 2.1-2.2, in the form of docs/explanation/codes-in-the-air.md: what a teacher
// says of the images as they are (Tarvainen & Valpola 2017) is corrected by what is known of
// classes and strokes and by the distribution of the anatomy (objective/anatomy_frame.h, Eq.
// (4)-(5)); the student sees other intensities and boxes of other images (the paper's I_b; Yun et
// al., CutMix, 2019) and learns only what the teacher is sure of.

#include <memory>

#include "medcl/methods/method.h"
#include "medcl/methods/ramp.h"
#include "medcl/methods/teacher.h"
#include "medcl/mixing/augment.h"
#include "medcl/objective/anatomy_frame.h"

namespace medcl {

struct TeacherTargetOptions {
  TeacherOptions teacher;
  RampOptions ramp{.from = 0.25, .until = 0.4};
  AugmentOptions strong{.brightness = 0.3, .contrast = 0.3, .noise = 0.1};
  double confidence = 0.8;              ///< of what the teacher must be surer than
  double box = 0.7;                     ///< chance that an image shows a box of another one
  double box_min = 0.4, box_max = 0.7;  ///< sides of that box, shares of those of the image
  AnatomyPriorOptions prior{.strength = 0};

  void describe(OptionTable table);
};

/// What the student sees and should say of it. Names end in their shape, see Batch.
struct StrongView {
  torch::Tensor image_bcs;
  torch::Tensor strokes_bks;  ///< the annotation alone
  torch::Tensor target_bks;   ///< the annotation, elsewhere one-hot where the teacher is sure
  double weight = 0;          ///< of the target, grows from 0 to 1
};

class TeacherTarget {
 public:
  TeacherTarget(const TeacherTargetOptions& options, const MethodContext& context);

  /// Of the clean view of the step's batch; takes its slices with scribbles into the distribution
  /// of the anatomy. While the weight is 0 the target is the annotation and the teacher is not
  /// asked.
  StrongView draw(const Step& step);
  void after_step(const Step& step);
  /// The teacher and the distribution.
  [[nodiscard]] torch::nn::Module* module() { return state_.get(); }

 private:
  [[nodiscard]] torch::Tensor corrected(const Batch& batch, const torch::Tensor& strokes_bks);

  TeacherTargetOptions options_;
  std::int64_t classes_;
  std::shared_ptr<torch::nn::Module> state_;
  std::shared_ptr<Teacher> teacher_;
  std::shared_ptr<AnatomyPrior> prior_;  ///< null without strength
};

}  // namespace medcl
