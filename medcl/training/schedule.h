// SPDX-License-Identifier: Apache-2.0
#pragma once

// Learning rate as a pure function of the step.

#include <cstdint>
#include <string>

#include "medcl/core/options.h"

namespace medcl {

struct ScheduleOptions {
  double learning_rate = 1e-4;
  /// "constant", "cosine" (to 1 % of the peak at the last step), "poly" (power 0.9), "cyclic"
  /// (published code: triangle between a tenth and the whole of learning_rate, half-period
  /// cyclic_half_steps).
  std::string kind = "cosine";
  std::int64_t warmup_steps = 0;
  std::int64_t cyclic_half_steps = 2380;
  void describe(OptionTable& table);
};

/// 0 <= step < planned_steps.
double learning_rate_at(const ScheduleOptions& options, std::int64_t step,
                        std::int64_t planned_steps);

}  // namespace medcl
