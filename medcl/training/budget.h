// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many steps a run takes: given, or as many as fit into the time.

#include <chrono>
#include <cstdint>
#include <deque>

#include "medcl/training/config.h"

namespace medcl {

/// From steps or epochs, whichever is smaller; 0 when only a time is given.
std::int64_t planned_steps_at_start(const TrainOptions& options, std::int64_t steps_per_epoch);

/// The plan after `step` steps: with a time budget, what fits into the rest of the time at the pace
/// so far (never more than the steps that were asked for). Looked at after 20 steps and then at
/// every validation; a plan without a time budget never changes.
/// `asked_steps` is planned_steps_at_start().
std::int64_t replanned_steps(const TrainOptions& options, std::int64_t asked_steps,
                             std::int64_t planned_steps, std::int64_t step, double elapsed_s,
                             double seconds_per_step);

/// Pace over the last 50 steps.
class StepTimer {
 public:
  explicit StepTimer(std::int64_t batch) : batch_(batch) {}
  void start_step();
  double end_step(double waited_s);               ///< its seconds
  [[nodiscard]] double seconds_per_step() const;  ///< 0 before the first step
  [[nodiscard]] double images_per_second() const;
  [[nodiscard]] double data_wait_fraction() const;

 private:
  struct Pace {
    double seconds, waited_s;
  };
  std::int64_t batch_;
  std::deque<Pace> recent_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace medcl
