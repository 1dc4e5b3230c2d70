// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/budget.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace medcl {
namespace {

constexpr std::size_t kRecentSteps = 50;
constexpr double kEnoughOfPlan = 0.9;

double share_of(double done, double planned) {
  return planned > 0 ? std::clamp(done / planned, 0.0, 1.0) : 0.0;
}

}  // namespace

std::string ending_text(Ending ending) {
  constexpr std::array kTexts = {"plan done", "time is up", "no gain in validation", "interrupted"};
  return kTexts.at(static_cast<std::size_t>(ending));
}

RunEnds ends_of(const LoopOptions& options, std::int64_t steps_per_epoch) {
  const std::int64_t by_epochs = options.epochs * steps_per_epoch;
  const bool both = options.steps > 0 && by_epochs > 0;
  return {.steps = both ? std::min(options.steps, by_epochs) : std::max(options.steps, by_epochs),
          .time_s = options.time_s,
          .patience = options.patience};
}

std::optional<Ending> reached_end(const RunEnds& ends, const RunPosition& position) {
  if (ends.steps > 0 && position.step >= ends.steps) return Ending::kPlanDone;
  if (ends.time_s > 0 && position.elapsed_s >= ends.time_s) return Ending::kTimeUp;
  if (ends.patience > 0 && position.validations_without_gain >= ends.patience) {
    return Ending::kNoGain;
  }
  return std::nullopt;
}

double progress_of(const RunEnds& ends, const RunPosition& position) {
  return std::max(share_of(static_cast<double>(position.step), static_cast<double>(ends.steps)),
                  share_of(position.elapsed_s, ends.time_s));
}

std::int64_t expected_steps(const RunEnds& ends, const RunPosition& position,
                            double seconds_per_step) {
  if (ends.time_s <= 0) return ends.steps;
  if (seconds_per_step <= 0) return 0;
  const double left_s = std::max(0.0, ends.time_s - position.elapsed_s);
  const std::int64_t fits = position.step + static_cast<std::int64_t>(left_s / seconds_per_step);
  return ends.steps > 0 ? std::min(ends.steps, fits) : fits;
}

std::string shortfall(const RunEnds& ends, const RunPosition& position, std::int64_t validate_every,
                      std::int64_t best_step) {
  if (reached_end(ends, position) != Ending::kTimeUp) return "";
  const std::string steps = std::to_string(position.step);
  const double share =
      share_of(static_cast<double>(position.step), static_cast<double>(ends.steps));
  if (ends.steps > 0) {
    if (share >= kEnoughOfPlan) return "";
    return "the time was up after " + steps + " of " + std::to_string(ends.steps) +
           " planned steps (" + std::to_string(std::lround(100 * share)) + " %)";
  }
  if (position.step < validate_every) {
    return "the time was up after " + steps + " steps, before the first validation was due (step " +
           std::to_string(validate_every) + ")";
  }
  if (best_step > 0 && best_step <= validate_every && position.step > validate_every) {
    return "the time was up after " + steps +
           " steps, and no validation was better than that of step " + std::to_string(best_step);
  }
  return "";
}

bool has_new_end(const LoopOptions& before, const LoopOptions& asked) {
  return before.steps != asked.steps || before.epochs != asked.epochs ||
         before.time_s != asked.time_s || before.patience != asked.patience;
}

std::vector<std::string> drop_passed_ends(LoopOptions& options, const LoopOptions& before,
                                          const RunPosition& position,
                                          std::int64_t steps_per_epoch) {
  std::vector<std::string> dropped;
  const auto drop = [&dropped](auto& end, auto end_before, bool passed, const char* name) {
    if (end != end_before || end == 0 || !passed) return;
    end = 0;
    dropped.emplace_back(name);
  };
  drop(options.steps, before.steps, position.step >= options.steps, "train.steps");
  drop(options.epochs, before.epochs, position.step >= options.epochs * steps_per_epoch,
       "train.epochs");
  drop(options.time_s, before.time_s, position.elapsed_s >= options.time_s, "train.time_s");
  return dropped;
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
