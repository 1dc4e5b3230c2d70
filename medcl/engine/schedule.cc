// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace medcl {

void ScheduleOptions::describe(OptionTable table) {
  table.add("learning_rate", learning_rate, "peak learning rate", 0, 10);
  table.add("kind", kind, "course of the learning rate");
  table.add("warmup_steps", warmup_steps, "steps of linear warm-up", 0, 1e9);
  table.add("cyclic_half_steps", cyclic_half_steps, "half period of the cyclic schedule", 1, 1e9);
}

double learning_rate_at(const ScheduleOptions& options, std::int64_t step, double progress) {
  const double peak = options.learning_rate;
  if (step < options.warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(options.warmup_steps);
  }
  const double share = std::clamp(progress, 0.0, 1.0);
  if (options.kind == LearningRateCourse::kCosine) {
    return peak * (0.01 + 0.99 * 0.5 * (1 + std::cos(std::numbers::pi * share)));
  }
  if (options.kind == LearningRateCourse::kPoly) {
    return peak * std::pow(1 - share, 0.9);
  }
  if (options.kind == LearningRateCourse::kCyclic) {
    const auto half = static_cast<double>(options.cyclic_half_steps);
    const double phase = std::fmod(static_cast<double>(step), 2 * half) / half;
    const double height = phase < 1 ? phase : 2 - phase;
    return peak * (0.1 + 0.9 * height);
  }
  return peak;
}

}  // namespace medcl
