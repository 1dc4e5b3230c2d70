// SPDX-License-Identifier: Apache-2.0
#pragma once

// Learning rate as a pure function of the step and of how far the run is.

#include <cstdint>
#include <string>

#include "medcl/core/options.h"

namespace medcl {

struct ScheduleOptions {
  double learning_rate = 1e-4;
  /// "constant", "cosine" (to 1 % of the peak at the end), "poly" (power 0.9), "cyclic"
  /// (published code: triangle between a tenth and the whole of learning_rate, half-period
  /// cyclic_half_steps).
  std::string kind = "cosine";
  std::int64_t warmup_steps = 0;
  std::int64_t cyclic_half_steps = 2380;
  void describe(OptionTable& table);
};

/// `progress`: 0 at the first step, 1 at the end of the run, whether that is a number of steps or a
/// time (progress_of, budget.h). Warm-up and the cyclic course count steps.
double learning_rate_at(const ScheduleOptions& options, std::int64_t step, double progress);

}  // namespace medcl
