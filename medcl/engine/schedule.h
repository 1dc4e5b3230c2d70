// SPDX-License-Identifier: Apache-2.0
#pragma once

// Learning rate as a pure function of the step and of how far the run is.

#include <cstdint>

#include "medcl/core/options.h"

namespace medcl {

/// kCosine falls to 1 % of the peak at the end; kPoly has the power 0.9; kCyclic (published code)
/// is a triangle between a tenth of the peak and the peak.
enum class LearningRateCourse { kConstant, kCosine, kPoly, kCyclic };
inline const Choices<LearningRateCourse>& choices(LearningRateCourse) {
  static const Choices<LearningRateCourse> kAll{{"constant", LearningRateCourse::kConstant},
                                                {"cosine", LearningRateCourse::kCosine},
                                                {"poly", LearningRateCourse::kPoly},
                                                {"cyclic", LearningRateCourse::kCyclic}};
  return kAll;
}

struct ScheduleOptions {
  double learning_rate = 1e-4;
  LearningRateCourse kind = LearningRateCourse::kCosine;
  std::int64_t warmup_steps = 0;
  std::int64_t cyclic_half_steps = 2380;  ///< half the period of kCyclic
  void describe(OptionTable table);
};

/// `progress`: 0 at the first step, 1 at the end of the run, whether that is a number of steps or a
/// time (progress_of, budget.h). Warm-up and the cyclic course count steps.
double learning_rate_at(const ScheduleOptions& options, std::int64_t step, double progress);

}  // namespace medcl
