// SPDX-License-Identifier: Apache-2.0
#pragma once

// One optimiser step: losses, gradient, optimiser, weight average. Start reading here.

#include <map>
#include <string>

#include "medcl/core/error.h"
#include "medcl/engine/schedule.h"
#include "medcl/engine/state.h"

namespace medcl {

struct StepReport {
  std::int64_t step = 0;  ///< steps done, this one included
  double learning_rate = 0;
  double total = 0;
  std::map<std::string, double> terms;  ///< unweighted
};

/// `seed`: of the run. @throws NonFiniteLoss before any parameter is changed, also when only a
/// gradient is not finite.
StepReport train_step(TrainingState& state, Task& task, const Batch& batch,
                      const ScheduleOptions& schedule, std::uint64_t seed);

/// A loss or gradient (`what`) that is not a number: names the batch and the terms.
class NonFiniteLoss : public Error {
 public:
  NonFiniteLoss(const StepReport& report, const Batch& batch, const std::string& what);
};

}  // namespace medcl
