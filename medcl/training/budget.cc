// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/budget.h"

#include <algorithm>

namespace medcl {
namespace {

constexpr std::int64_t kStepsBeforePlan = 20;
constexpr std::size_t kRecentSteps = 50;

}  // namespace

std::int64_t planned_steps_at_start(const TrainOptions& options, std::int64_t steps_per_epoch) {
  const std::int64_t by_epochs = options.epochs * steps_per_epoch;
  if (options.steps > 0 && by_epochs > 0) {
    return std::min(options.steps, by_epochs);
  }
  return std::max(options.steps, by_epochs);
}

std::int64_t replanned_steps(const TrainOptions& options, std::int64_t asked_steps,
                             std::int64_t planned_steps, std::int64_t step, double elapsed_s,
                             double seconds_per_step) {
  const bool due =
      step == kStepsBeforePlan || (step > kStepsBeforePlan && step % options.validate_every == 1);
  if (options.time_s <= 0 || !due || seconds_per_step <= 0) {
    return planned_steps;
  }
  // Validations so far are part of the pace, the first steps (warming up) only early on.
  const double pace =
      step > options.validate_every ? elapsed_s / static_cast<double>(step) : seconds_per_step;
  const double left_s = std::max(0.0, options.time_s - elapsed_s);
  const std::int64_t fits = step + static_cast<std::int64_t>(left_s / pace);
  return asked_steps > 0 ? std::min(asked_steps, fits) : fits;
}

void StepTimer::start_step() { start_ = std::chrono::steady_clock::now(); }

double StepTimer::end_step(double waited_s) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  recent_.push_back({seconds, waited_s});
  if (recent_.size() > kRecentSteps) {
    recent_.pop_front();
  }
  return seconds;
}

double StepTimer::seconds_per_step() const {
  double sum = 0;
  for (const Pace& pace : recent_) {
    sum += pace.seconds;
  }
  return recent_.empty() ? 0 : sum / static_cast<double>(recent_.size());
}

double StepTimer::images_per_second() const {
  const double seconds = seconds_per_step();
  return seconds > 0 ? static_cast<double>(batch_) / seconds : 0;
}

double StepTimer::data_wait_fraction() const {
  double waited = 0;
  double all = 0;
  for (const Pace& pace : recent_) {
    waited += pace.waited_s;
    all += pace.seconds;
  }
  return all > 0 ? waited / all : 0;
}

}  // namespace medcl
