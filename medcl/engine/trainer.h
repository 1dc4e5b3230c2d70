// SPDX-License-Identifier: Apache-2.0
#pragma once

// The engine of a run, whatever its task: batches, steps, judgements and checkpoints until one of
// its ends is reached.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "medcl/engine/budget.h"
#include "medcl/engine/engine_options.h"
#include "medcl/engine/state.h"
#include "medcl/engine/task.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/run/metrics_log.h"
#include "medcl/sampling/batch_loader.h"

namespace medcl {

class Trainer {
 public:
  /// `run`: the folder of checkpoints and logs. `task` must outlive this object.
  Trainer(Task& task, const EngineOptions& options, std::filesystem::path run,
          const TrainingHooks& hooks);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Takes the newest sound checkpoint of the run, if there is one. `before`: the options that it
  /// was written under; an end that was given anew counts instead of one that is passed. Data that
  /// changed since are refused unless accepted; then no earlier score counts.
  /// @throws Error(kUsage) naming what changed; Error(kIo) as load_latest_checkpoint.
  void go_on(const LoopOptions& before, bool accept_changes);
  /// With the ends as they count.
  [[nodiscard]] const LoopOptions& loop_options() const { return options_.loop; }

  /// @throws Error; NonFiniteLoss.
  TrainingResult go();

 private:
  [[nodiscard]] BatchLoader make_loader() const;
  StepReport one_step(BatchLoader& loader);
  void log_step(const StepReport& report, const StepProgress& progress, MetricsLog& log) const;
  void validate(MetricsLog& log);
  void validate_where_it_stopped(MetricsLog& log);
  void save_checkpoint_now(MetricsLog& log);
  void check_data(const Json& before, bool accept_changes);
  void take_new_ends(const LoopOptions& before);
  [[nodiscard]] RunEnds ends() const;
  [[nodiscard]] RunPosition position() const;
  [[nodiscard]] std::optional<Ending> ending() const;
  StepProgress progress_after(const StepTimer& timer);
  TrainingResult finish(Ending end);

  Task& task_;
  EngineOptions options_;
  std::filesystem::path run_;
  const TrainingHooks& hooks_;
  TrainingState state_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double elapsed_before_s_ = 0;
  std::int64_t first_step_ = 0;
  std::int64_t expected_steps_ = 0;
  std::int64_t saved_step_ = -1;
};

}  // namespace medcl
