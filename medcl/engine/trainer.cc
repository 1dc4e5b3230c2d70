// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/trainer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/engine/data_changes.h"
#include "medcl/engine/failed_step.h"
#include "medcl/model/network_threads.h"

namespace medcl {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kStepsBetweenEstimates = 20;

}  // namespace

Trainer::Trainer(Task& task, const EngineOptions& options, fs::path run, const TrainingHooks& hooks)
    : task_(task),
      options_(options),
      run_(std::move(run)),
      hooks_(hooks),
      state_(task.modules(), options.adam, options.loop.average_decay) {}

void Trainer::go_on(const LoopOptions& before, bool accept_changes) {
  const auto restore = [this](const Checkpoint& checkpoint) {
    state_.restore(checkpoint);
    task_.restore(checkpoint.values);
  };
  const auto checkpoint = load_latest_checkpoint(run_, restore);
  if (!checkpoint) return;
  elapsed_before_s_ = state_.elapsed_s;
  start_ = Clock::now();
  if (checkpoint->values.contains("data")) {
    check_data(checkpoint->values.at("data"), accept_changes);
  }
  if (has_new_end(before, options_.loop)) take_new_ends(before);
}

void Trainer::check_data(const Json& before, bool accept_changes) {
  const std::string changes = data_changes(before, task_.data());
  if (changes.empty()) return;
  if (!accept_changes) {
    fail(ErrorCode::kUsage,
         {.what = "the data of this run changed since step " + std::to_string(state_.step),
          .where = run_.string(),
          .expected = "the data that it was trained on",
          .found = changes,
          .remedy = "restore them, start a new run, or go on with the changed data and without the "
                    "earlier scores: medcl train --resume " +
                    run_.string() + " --accept-changes"});
  }
  log(LogLevel::kWarning,
      "going on with changed data (" + changes + "); the best score so far no longer counts");
  state_.best_score = -1;
  state_.best_step = 0;
  state_.validations_without_gain = 0;
  state_.validated_step = -1;
}

void Trainer::take_new_ends(const LoopOptions& before) {
  for (const std::string& name :
       drop_passed_ends(options_.loop, before, position(), task_.steps_per_epoch())) {
    log(LogLevel::kWarning, name + " is behind this run and no longer counts; the new end does");
  }
  if (reached_end(ends(), position()) == Ending::kNoGain) state_.validations_without_gain = 0;
}

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

StepReport Trainer::one_step(BatchLoader& loader) {
  const Batch batch = loader.next().to(torch::Device(options_.loop.device));
  state_.progress = progress_of(ends(), position());
  try {
    return train_step(state_, task_, batch, options_.schedule,
                      static_cast<std::uint64_t>(options_.loop.seed));
  } catch (const NonFiniteLoss& failure) {
    keep_failed_batch(run_, batch, options_.loop.seed, failure.what());
    throw;
  }
}

void Trainer::log_step(const StepReport& report, const StepProgress& progress,
                       MetricsLog& log) const {
  Json losses = {{"total", report.total}};
  losses.update(named_values_json(report.terms));
  log.write({{"step", report.step},
             {"epoch", progress.epoch},
             {"seconds", progress.elapsed_s},
             {"lr", report.learning_rate},
             {"images_per_second", progress.images_per_second},
             {"data_wait_fraction", progress.data_wait_fraction},
             {"loss", losses}});
}

void Trainer::validate(MetricsLog& log) {
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
  log.write({{"step", state_.step},
             {"seconds", position().elapsed_s},
             {"validation", judgement->record}});
  if (hooks_.on_validation) hooks_.on_validation(*judgement, state_.step, improved);
}

/// A run may end between its last step and the validation that follows it.
void Trainer::validate_where_it_stopped(MetricsLog& log) {
  if (state_.validated_step != state_.step && task_.can_judge()) {
    validate(log);
    save_checkpoint_now(log);
  }
}

void Trainer::save_checkpoint_now(MetricsLog& log) {
  if (saved_step_ == state_.step) {
    return;
  }
  log.sync();  // a checkpoint must not be ahead of the course that led to it
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

TrainingResult Trainer::finish(Ending end) {
  const RunPosition now = position();
  TrainingResult result{.ending = end,
                        .first_step = first_step_,
                        .steps = state_.step,
                        .best_score = state_.best_score,
                        .best_step = state_.best_step,
                        .elapsed_s = now.elapsed_s,
                        .cut_short = {}};
  if (end == Ending::kInterrupted) return result;
  if (end == Ending::kTimeUp) {
    result.cut_short = shortfall(ends(), now, options_.loop.validate_every, state_.best_step);
  }
  Json note = {{"reason", ending_text(end)}, {"steps", state_.step}, {"seconds", now.elapsed_s}};
  if (ends().steps > 0) note["planned_steps"] = ends().steps;
  if (!result.cut_short.empty()) note["cut_short"] = result.cut_short;
  task_.save_last(state_.average.average(), state_.step, note);
  return result;
}

TrainingResult Trainer::go() {
  GovernedThreads threads(*state_.groups.front().module, type_of(options_.loop.precision),
                          static_cast<int>(options_.loop.threads), "step");
  MetricsLog log(run_, state_.step);
  BatchLoader loader = make_loader();
  first_step_ = state_.step;
  start_ = Clock::now();
  StepTimer timer(options_.batch);
  std::optional<Ending> end = ending();
  if (options_.loop.untrained) {
    validate(log);
    save_checkpoint_now(log);
  } else if (end && *end != Ending::kInterrupted) {
    validate_where_it_stopped(log);
  }
  while (!end) {
    const double waited_before_s = loader.wait_s();
    timer.start_step();
    const StepReport report = one_step(loader);
    threads.took(timer.end_step(loader.wait_s() - waited_before_s));
    const StepProgress progress = progress_after(timer);
    log_step(report, progress, log);
    if (hooks_.on_step) {
      hooks_.on_step(report, progress);
    }
    end = ending();
    if (state_.step % options_.loop.validate_every == 0 || (end && *end != Ending::kInterrupted)) {
      validate(log);
      end = ending();
    }
    if (state_.step % options_.loop.checkpoint_every == 0 || end) {
      save_checkpoint_now(log);
    }
  }
  return finish(*end);
}

}  // namespace medcl
