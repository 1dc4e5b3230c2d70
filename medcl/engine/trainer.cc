// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/trainer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/engine/failed_step.h"
#include "medcl/model/libtorch_state.h"
#include "medcl/model/network_threads.h"
#include "medcl/run/metrics_log.h"

namespace medcl {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kStepsBetweenEstimates = 20;
constexpr std::int64_t kFewSteps = 50;  // have taught nothing yet
constexpr double kEarly = 0.1;          // of a run; no wonder that nothing is learned before

}  // namespace

struct Trainer::Stretch {
  explicit Stretch(const Trainer& trainer)
      : threads(*trainer.state_.groups.front().module, type_of(trainer.options_.loop.precision),
                static_cast<int>(trainer.options_.loop.threads), "step"),
        log(trainer.run_, trainer.state_.step),
        loader(trainer.make_loader()),
        timer(trainer.options_.batch) {}

  GovernedThreads threads;
  MetricsLog log;
  BatchLoader loader;
  StepTimer timer;
  std::optional<Ending> ending;
};

Trainer::Trainer(Task& task, const EngineOptions& options, fs::path run, const TrainingHooks& hooks)
    : task_(task),
      options_(options),
      run_(std::move(run)),
      hooks_(hooks),
      state_(task.modules(), options.optimiser, options.loop.average_decay) {}

Trainer::~Trainer() = default;

RunEnds Trainer::ends() const { return ends_of(options_.loop, task_.steps_per_epoch()); }

RunPosition Trainer::position() const {
  const double stretch_s = std::chrono::duration<double>(Clock::now() - start_).count();
  return {.step = state_.step,
          .elapsed_s = elapsed_before_s_ + stretch_s,
          .validations_without_gain = state_.validations_without_gain};
}

std::optional<Ending> Trainer::ending() const {
  if (hooks_.stop_requested && hooks_.stop_requested()) return Ending::kInterrupted;
  if (options_.loop.untrained) return Ending::kPlanDone;
  return reached_end(ends(), position());
}

BatchLoader Trainer::make_loader() const {
  const bool pinned = torch::Device(options_.loop.device).is_cuda();
  const auto make = [this, pinned](std::int64_t step) {
    Batch batch = task_.batch(step);
    return pinned ? batch.pinned() : batch;
  };
  return {make, options_.loop.workers, state_.step, std::numeric_limits<std::int64_t>::max()};
}

StepReport Trainer::one_step() {
  Batch batch = stretch_->loader.next().to(torch::Device(options_.loop.device));
  batch.progress = state_.progress = progress_of(ends(), position());
  try {
    return train_step(state_, task_, batch, options_.schedule,
                      static_cast<std::uint64_t>(options_.loop.seed));
  } catch (const NonFiniteLoss& failure) {
    keep_failed_batch(run_, batch, options_.loop.seed, failure.what());
    throw;
  }
}

void Trainer::log_step(const StepReport& report, const StepProgress& progress) {
  Json losses = {{"total", report.total}};
  losses.update(named_values_json(report.terms));
  stretch_->log.write({{"step", report.step},
                       {"epoch", progress.epoch},
                       {"seconds", progress.elapsed_s},
                       {"lr", report.learning_rate},
                       {"images_per_second", progress.images_per_second},
                       {"data_wait_fraction", progress.data_wait_fraction},
                       {"loss", losses}});
}

void Trainer::validate() {
  const auto judgement = task_.judge(state_.average.average(), state_.step);
  if (!judgement) return;
  state_.validated_step = state_.step;
  const bool improved = judgement->score > state_.best_score;
  state_.validations_without_gain = improved ? 0 : state_.validations_without_gain + 1;
  if (improved) {
    state_.best_score = judgement->score;
    state_.best_step = state_.step;
    task_.save_best();
  }
  stretch_->log.write({{"step", state_.step},
                       {"seconds", position().elapsed_s},
                       {"validation", judgement->record}});
  if (hooks_.on_validation) hooks_.on_validation(*judgement, state_.step, improved);
  raise(judgement->alarms);
}

void Trainer::raise(const std::vector<Alarm>& alarms) {
  if (progress_of(ends(), position()) < kEarly || state_.step < kFewSteps) return;
  for (const Alarm& one : alarms) {
    if (!raised_.insert(one.id).second) continue;
    log(LogLevel::kWarning, "step " + std::to_string(state_.step) + ": " + one.text);
  }
}

/// A run may end between its last step and the validation that follows it.
void Trainer::validate_where_it_stopped() {
  if (state_.validated_step != state_.step && task_.can_judge()) {
    validate();
    save_checkpoint_now();
  }
}

void Trainer::save_checkpoint_now() {
  if (saved_step_ == state_.step) {
    return;
  }
  stretch_->log.sync();  // a checkpoint must not be ahead of the course that led to it
  Checkpoint checkpoint = state_.to_checkpoint(position().elapsed_s);
  checkpoint.values["data"] = task_.data();
  checkpoint.values.update(task_.kept());
  save_checkpoint(run_, checkpoint);
  saved_step_ = state_.step;
}

StepProgress Trainer::progress_after(const StepTimer& timer) {
  const RunPosition now = position();
  if (expected_steps_ == 0 || state_.step % kStepsBetweenEstimates == 0) {
    // Validations so far are part of the pace, the first steps (warming up) only early on.
    const double pace_s = state_.step - first_step_ > options_.loop.validate_every
                              ? now.elapsed_s / static_cast<double>(state_.step)
                              : timer.seconds_per_step();
    expected_steps_ = expected_steps(ends(), now, pace_s);
  }
  if (expected_steps_ > 0) expected_steps_ = std::max(expected_steps_, state_.step);
  return {.planned_steps = expected_steps_,
          .epoch = task_.epoch_of(state_.step - 1),
          .elapsed_s = now.elapsed_s,
          .images_per_second = timer.images_per_second(),
          .data_wait_fraction = timer.data_wait_fraction()};
}

TrainingResult Trainer::finish(Ending reason) {
  const RunPosition now = position();
  TrainingResult result{.ending = reason,
                        .first_step = first_step_,
                        .steps = state_.step,
                        .best_score = state_.best_score,
                        .measure = task_.measure(),
                        .best_step = state_.best_step,
                        .elapsed_s = now.elapsed_s,
                        .cut_short = {}};
  if (reason == Ending::kInterrupted) return result;
  if (reason == Ending::kTimeUp) {
    result.cut_short = shortfall(ends(), now, options_.loop.validate_every, state_.best_step);
  }
  Json note = {{"reason", ending_text(reason)}, {"steps", state_.step}, {"seconds", now.elapsed_s}};
  if (ends().steps > 0) note["planned_steps"] = ends().steps;
  if (!result.cut_short.empty()) note["cut_short"] = result.cut_short;
  task_.save_last(state_.average.average(), state_.step, note);
  return result;
}

TrainingResult Trainer::go() {
  begin();
  while (advance()) {
  }
  return end();
}

void Trainer::begin() {
  check(stretch_ == nullptr, "a stretch of a run begins when the one before has ended");
  stretch_ = std::make_unique<Stretch>(*this);
  const DeterministicCudnn deterministic;
  first_step_ = state_.step;
  start_ = Clock::now();
  stretch_->ending = ending();
  if (options_.loop.untrained) {
    validate();
    save_checkpoint_now();
  } else if (stretch_->ending && *stretch_->ending != Ending::kInterrupted) {
    validate_where_it_stopped();
  }
}

bool Trainer::advance() {
  Stretch& now = *stretch_;
  if (now.ending) return false;
  const DeterministicCudnn deterministic;
  now.threads.take();
  const double waited_before_s = now.loader.wait_s();
  now.timer.start_step();
  const StepReport report = one_step();
  now.threads.took(now.timer.end_step(now.loader.wait_s() - waited_before_s));
  const StepProgress progress = progress_after(now.timer);
  log_step(report, progress);
  if (hooks_.on_step) {
    hooks_.on_step(report, progress);
  }
  now.ending = ending();
  const bool is_over = now.ending && *now.ending != Ending::kInterrupted;
  if (state_.step % options_.loop.validate_every == 0 || is_over) {
    validate();
    now.ending = ending();
  }
  if (state_.step % options_.loop.checkpoint_every == 0 || now.ending) {
    save_checkpoint_now();
  }
  return !now.ending;
}

TrainingResult Trainer::end() {
  check(stretch_ != nullptr && stretch_->ending, "a stretch ends when nothing is left to do");
  const DeterministicCudnn deterministic;
  const TrainingResult result = finish(*stretch_->ending);
  stretch_.reset();
  return result;
}

}  // namespace medcl
