// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/loop.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/memory.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/habit_findings.h"
#include "medcl/model/network_threads.h"
#include "medcl/model/sam/backbone.h"
#include "medcl/sampling/batch_loader.h"
#include "medcl/training/budget.h"
#include "medcl/training/memory_plan.h"
#include "medcl/training/metrics_log.h"
#include "medcl/training/run_card.h"
#include "medcl/training/run_folder.h"
#include "medcl/training/run_lock.h"
#include "medcl/training/slices.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename NamedValues>
Json to_json(const NamedValues& named_values) {
  Json json = Json::object();
  for (const auto& [name, value] : named_values) {
    json[name] = value;
  }
  return json;
}

PredictOptions validation_options(const TrainOptions& train) {
  return {.flips = train.validate_flips,
          .largest_component = train.validate_largest_component,
          .box = train.validate_box};
}

class Run {
 public:
  Run(const Dataset& dataset, const RunOptions& options, fs::path run, const fs::path& cache,
      bool resume, const TrainingHooks& hooks)
      : options_(options),
        folder_(std::move(run)),
        hooks_(hooks),
        card_(card_of(dataset, options)),
        split_(chosen_split(dataset, options.train)),
        store_(CaseStore::build(dataset, options.prepare, cache, hooks.on_prepare)),
        validator_(dataset, split_.validation),
        state_(options, static_cast<std::int64_t>(dataset.channel_names.size()),
               dataset.labels.class_count()),
        evaluated_(network_for(without_files(options),
                               static_cast<std::int64_t>(dataset.channel_names.size()),
                               dataset.labels.class_count())),
        slices_(training_slices(
            store_, split_, options.train.scribbled,
            state_.method->uses_unlabelled() && options.sample.unlabelled != "none")),
        sampler_(slices_, options.sampler, static_cast<std::uint64_t>(options.train.seed)) {
    if (!options.train.allow_missing_class) {
      require_every_class(store_, slices_, dataset.labels);
    }
    card_.training = provenance(dataset, options, store_, split_);
    choose_boxes(*evaluated_, validation_options(options.train));
    options_.sample.classes = dataset.labels.class_count();
    options_.sample.intra_mix.enabled &= state_.method->uses_intra_mix();
    asked_steps_ = planned_steps_at_start(options.train, sampler_.steps_per_epoch());
    state_.planned_steps = asked_steps_;
    if (const auto checkpoint = resume ? load_latest_checkpoint(folder_) : std::nullopt) {
      state_.restore(*checkpoint);
      if (options.train.time_s <= 0) {
        state_.planned_steps = asked_steps_;  // a resumed run may be given a new end
      }
    }
  }

  TrainingResult go();

  /// What a person should know of the labels before the first step.
  void tell_of_labels(const Dataset& dataset) const {
    for (const Finding& one : habit_findings(dataset, store_.habits())) {
      log(LogLevel::kWarning, to_line(one.problem));
    }
    const std::string dense = dense_training_note(store_, split_, options_.train.scribbled);
    if (!dense.empty() && hooks_.on_note) hooks_.on_note(dense);
    if (options_.prepare.spacing_mm <= 0) return;
    const KeptReport kept =
        describe_kept(store_.kept_classes(), dataset.labels, options_.prepare.spacing_mm);
    if (kept.lost) {
      log(LogLevel::kWarning, kept.line);
    } else if (hooks_.on_note) {
      hooks_.on_note(kept.line);
    }
  }

 private:
  StepReport one_step(BatchLoader& loader, const torch::Device& device);
  void log_step(const StepReport& report, const StepProgress& progress, MetricsLog& log) const;
  void validate(MetricsLog& log);
  void take_average();
  void save_best(const ValidationResult& result);
  void validate_where_it_stopped(MetricsLog& log);
  void save_checkpoint_now(MetricsLog& log);
  void finish();
  [[nodiscard]] double elapsed_s() const { return elapsed_before_s_ + seconds_since(start_); }
  [[nodiscard]] std::optional<Ending> ending() const;

  RunOptions options_;
  fs::path folder_;
  const TrainingHooks& hooks_;
  ModelCard card_;
  Split split_;
  CaseStore store_;
  Validator validator_;
  TrainingState state_;
  std::shared_ptr<Segmenter> evaluated_;  ///< holds the averaged weights
  std::vector<SliceRef> slices_;
  SliceSampler sampler_;
  Clock::time_point start_ = Clock::now();
  double elapsed_before_s_ = 0;
  std::int64_t asked_steps_ = 0;
  std::int64_t saved_step_ = -1;
};

std::optional<Ending> Run::ending() const {
  if (hooks_.stop_requested && hooks_.stop_requested()) {
    return Ending::kInterrupted;
  }
  if (!state_.method->learns()) {
    return Ending::kPlanDone;
  }
  if (state_.planned_steps > 0 && state_.step >= state_.planned_steps) {
    return Ending::kPlanDone;
  }
  if (options_.train.time_s > 0 && elapsed_s() >= options_.train.time_s) {
    return Ending::kTimeUp;
  }
  if (options_.train.patience > 0 && state_.validations_without_gain >= options_.train.patience) {
    return Ending::kNoGain;
  }
  return std::nullopt;
}

StepReport Run::one_step(BatchLoader& loader, const torch::Device& device) {
  const Batch batch = loader.next().to(device);
  try {
    return train_step(state_, batch, options_);
  } catch (const NonFiniteLoss& failure) {
    keep_failed_batch(folder_, batch, options_.train.seed, failure.what());
    throw;
  }
}

void Run::log_step(const StepReport& report, const StepProgress& progress, MetricsLog& log) const {
  Json losses = {{"total", report.total}};
  losses.update(to_json(report.terms));
  log.write({{"step", report.step},
             {"epoch", progress.epoch},
             {"seconds", progress.elapsed_s},
             {"lr", report.learning_rate},
             {"images_per_second", progress.images_per_second},
             {"data_wait_fraction", progress.data_wait_fraction},
             {"loss", losses}});
}

void Run::take_average() {
  load_state(*evaluated_, first_outputs(state_.average.average(), *evaluated_), "averaged weights");
}

void Run::save_best(const ValidationResult& result) {
  card_.training["steps"] = state_.step;
  card_.training["validation"] = {{"mean_dice", result.mean}, {"dice", to_json(result.dice)}};
  save_model(folder_ / "best", card_, *evaluated_);
}

void Run::validate(MetricsLog& log) {
  if (validator_.empty()) {
    return;
  }
  take_average();
  ValidationResult result = validator_.run(*evaluated_, card_, validation_options(options_.train));
  result.step = state_.validated_step = state_.step;
  const bool improved = result.mean > state_.best_score;
  state_.validations_without_gain = improved ? 0 : state_.validations_without_gain + 1;
  if (improved) {
    state_.best_score = result.mean;
    state_.best_step = state_.step;
    save_best(result);
  }
  log.write({{"step", state_.step},
             {"seconds", elapsed_s()},
             {"validation", {{"dice", to_json(result.dice)}, {"mean", result.mean}}}});
  if (hooks_.on_validation) {
    hooks_.on_validation(result, improved);
  }
}

/// A run may end between its last step and the validation that follows it.
void Run::validate_where_it_stopped(MetricsLog& log) {
  if (state_.validated_step != state_.step && !validator_.empty()) {
    validate(log);
    save_checkpoint_now(log);
  }
}

void Run::save_checkpoint_now(MetricsLog& log) {
  if (saved_step_ == state_.step) {
    return;
  }
  log.sync();  // a checkpoint must not be ahead of the course that led to it
  save_checkpoint(folder_, state_.to_checkpoint(elapsed_s()));
  saved_step_ = state_.step;
}

void Run::finish() {
  take_average();
  card_.training["steps"] = state_.step;
  card_.training.erase("validation");
  save_model(folder_ / "last", card_, *evaluated_);
  if (validator_.empty()) {
    save_model(folder_ / "best", card_, *evaluated_);
  }
}

TrainingResult Run::go() {
  GovernedThreads threads(*state_.network, type_of(options_.train.precision),
                         static_cast<int>(options_.train.threads), "step");
  MetricsLog log(folder_, state_.step);
  const auto seed = static_cast<std::uint64_t>(options_.train.seed);
  const torch::Device device(options_.train.device);
  BatchLoader loader(
      [&](std::int64_t step) {
        const std::int64_t drawn = state_.method->image_step(step);
        Batch batch = make_batch(store_, sampler_.batch_at(drawn), options_.sample, seed, drawn);
        batch.step = step;
        return device.is_cuda() ? batch.pinned() : batch;
      },
      options_.train.workers, state_.step, std::numeric_limits<std::int64_t>::max());
  elapsed_before_s_ = state_.elapsed_s;
  start_ = Clock::now();
  StepTimer timer(options_.sampler.batch);
  std::optional<Ending> end = ending();
  if (!state_.method->learns()) {
    validate(log);
    save_checkpoint_now(log);
  } else if (end && *end != Ending::kInterrupted) {
    validate_where_it_stopped(log);
  }
  while (!end) {
    const double waited_before_s = loader.wait_s();
    timer.start_step();
    const StepReport report = one_step(loader, device);
    threads.took(timer.end_step(loader.wait_s() - waited_before_s));
    const StepProgress progress{
        .planned_steps = state_.planned_steps,
        .epoch = state_.method->image_step(state_.step - 1) / sampler_.steps_per_epoch(),
        .elapsed_s = elapsed_s(),
        .images_per_second = timer.images_per_second(),
        .data_wait_fraction = timer.data_wait_fraction()};
    log_step(report, progress, log);
    if (hooks_.on_step) {
      hooks_.on_step(report, progress);
    }
    state_.planned_steps = replanned_steps(options_.train, asked_steps_, state_.planned_steps,
                                           state_.step, elapsed_s(), timer.seconds_per_step());
    end = ending();
    if (state_.step % options_.train.validate_every == 0 || (end && *end != Ending::kInterrupted)) {
      validate(log);
      end = ending();
    }
    if (state_.step % options_.train.checkpoint_every == 0 || end) {
      save_checkpoint_now(log);
    }
  }
  if (*end != Ending::kInterrupted) {
    finish();
  }
  return {*end, state_.step, state_.best_score, state_.best_step, elapsed_s()};
}

}  // namespace

TrainingResult train(const Dataset& dataset, const RunOptions& asked, const fs::path& run,
                     const fs::path& cache, bool resume, const TrainingHooks& hooks) {
  require_sound_listing(dataset);
  const RunOptions options = with_words(asked, dataset);
  if (options.network.backbone == "sam") {
    for (const std::string& text : sam::weight_warnings(options.network.sam)) {
      log(LogLevel::kWarning, text);
    }
  }
  if (const auto available = available_memory_bytes()) {
    require_memory(options, *available);
  }
  std::error_code unknown;
  const bool made_here = !fs::exists(run, unknown) && !unknown;
  if (!resume) {
    refuse_used_folder(run);
  }
  make_folders(run);
  const RunLock lock(run);
  if (!resume) {
    refuse_used_folder(run);  // by whoever held the lock until now
  }
  std::unique_ptr<Run> training;
  try {
    training = std::make_unique<Run>(dataset, options, run, cache, resume, hooks);
    if (!resume) {
      write_resolved_options(run, options);
    }
  } catch (...) {
    if (made_here) {  // a folder without a run would be in the way of the next attempt
      std::error_code ignored;
      fs::remove_all(run, ignored);
    }
    throw;
  }
  training->tell_of_labels(dataset);
  if (hooks.on_start) {
    hooks.on_start();
  }
  return training->go();
}

}  // namespace medcl
