// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long a run takes: its ends, how far it is towards the nearer one, and whether it was long
// enough.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "medcl/engine/engine_options.h"

namespace medcl {

enum class Ending { kPlanDone, kTimeUp, kNoGain, kInterrupted };

/// "plan done", "time is up" ...
std::string ending_text(Ending ending);

/// Where a run ends, counted from its first step over all its stretches; 0 = no such end.
struct RunEnds {
  std::int64_t steps = 0;     ///< from steps or epochs, whichever is smaller
  double time_s = 0;          ///< validations included
  std::int64_t patience = 0;  ///< validations without gain
};

/// What of it is behind a run.
struct RunPosition {
  std::int64_t step = 0;  ///< steps done
  double elapsed_s = 0;
  std::int64_t validations_without_gain = 0;
};

RunEnds ends_of(const LoopOptions& options, std::int64_t steps_per_epoch);

/// The end that is reached; empty while the run has something to do.
std::optional<Ending> reached_end(const RunEnds& ends, const RunPosition& position);

/// 0 at the first step, 1 at the end that comes first: the larger of the shares of the steps and of
/// the time. With steps alone it is a function of the step.
double progress_of(const RunEnds& ends, const RunPosition& position);

/// The steps that there will have been at the nearer end, for a person who waits: those that are
/// asked for, or those that fit into the rest of the time. 0 = not yet known.
std::int64_t expected_steps(const RunEnds& ends, const RunPosition& position,
                            double seconds_per_step);

/// Why a run whose time was up cannot have learned what it was meant to, in words: it did less than
/// nine tenths of the steps that were asked for; it was over before its first validation was due;
/// or no validation was better than the first. Empty when nothing speaks against it.
/// `best_step`: of the best validation; 0 without validations.
std::string shortfall(const RunEnds& ends, const RunPosition& position, std::int64_t validate_every,
                      std::int64_t best_step);

/// True when an end (steps, epochs, time, patience) differs.
bool has_new_end(const LoopOptions& before, const LoopOptions& asked);

/// Removes from `options` the ends that lie behind `position`, except those that differ from
/// `before`: a run that is given a later end goes on to it, whatever had ended it. Returns the
/// names of the options that it removed.
std::vector<std::string> drop_passed_ends(LoopOptions& options, const LoopOptions& before,
                                          const RunPosition& position,
                                          std::int64_t steps_per_epoch);

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
