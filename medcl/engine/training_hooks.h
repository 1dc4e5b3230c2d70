// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a caller of train() hears while it works, and what it gets at the end.

#include <cstdint>
#include <functional>
#include <string>

#include "medcl/engine/budget.h"
#include "medcl/engine/step.h"
#include "medcl/engine/task.h"

namespace medcl {

/// What a person wants to know after each step.
struct StepProgress {
  std::int64_t planned_steps = 0;  ///< 0 = not yet known
  std::int64_t epoch = 0;
  double elapsed_s = 0;
  double images_per_second = 0;
  double data_wait_fraction = 0;
};

/// Every function may be empty.
struct TrainingHooks {
  std::function<void(std::int64_t, std::int64_t)> on_prepare;
  std::function<void(const std::string&)> on_note;  ///< a line about the data, before on_start
  std::function<void()> on_start;  ///< the data were read and found fit; the first step is next
  std::function<void(const StepReport&, const StepProgress&)> on_step;
  std::function<void(const Judgement&, std::int64_t step, bool improved)> on_validation;
  std::function<bool()> stop_requested;  ///< asked after each step
};

struct TrainingResult {
  Ending ending = Ending::kPlanDone;
  std::int64_t first_step = 0;  ///< steps that were done when this stretch began
  std::int64_t steps = 0;       ///< steps done in all
  double best_score = -1;       ///< -1 without validation cases
  std::string measure{};        ///< of it, Task::measure()
  std::int64_t best_step = 0;
  double elapsed_s = 0;
  std::string cut_short;  ///< shortfall() of the run; empty when it was long enough
};

}  // namespace medcl
