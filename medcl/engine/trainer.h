// SPDX-License-Identifier: Apache-2.0
#pragma once

// The engine of a run, whatever its task: batches, steps, judgements and checkpoints until one of
// its ends is reached.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "medcl/engine/budget.h"
#include "medcl/engine/engine_options.h"
#include "medcl/engine/state.h"
#include "medcl/engine/task.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/sampling/batch_loader.h"

namespace medcl {

class Trainer {
 public:
  /// `run`: the folder of checkpoints and logs. `task` must outlive this object.
  Trainer(Task& task, const EngineOptions& options, std::filesystem::path run,
          const TrainingHooks& hooks);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  /// Takes the newest sound checkpoint of the run, if there is one. `before`: the options that it
  /// was written under; an end that was given anew counts instead of one that is passed. Data that
  /// changed since are refused unless accepted; then no earlier score counts.
  /// @throws Error(kUsage) naming what changed; Error(kIo) as load_latest_checkpoint.
  void go_on(const LoopOptions& before, bool accept_changes);
  /// With the ends as they count.
  [[nodiscard]] const LoopOptions& loop_options() const { return options_.loop; }

  /// All that is left to do. @throws Error; NonFiniteLoss.
  TrainingResult go();

  /// The same in pieces, for a process that has other work between steps, such as another run:
  /// begin(), advance() until it returns false, end(). Each sets what libtorch keeps for the whole
  /// process (libtorch_state.h); threads are given back at the end, the rest by each.
  void begin();
  /// One step with the judgement and the checkpoint that follow it; false when nothing is left.
  bool advance();
  TrainingResult end();

 private:
  struct Stretch;

  [[nodiscard]] BatchLoader make_loader() const;
  StepReport one_step();
  void log_step(const StepReport& report, const StepProgress& progress);
  void validate();
  /// Says alarms that were not said before.
  void raise(const std::vector<Alarm>& alarms);
  void validate_where_it_stopped();
  void save_checkpoint_now();
  void check_data(const Json& before, bool accept_changes);
  void take_new_ends(const LoopOptions& before);
  [[nodiscard]] RunEnds ends() const;
  [[nodiscard]] RunPosition position() const;
  [[nodiscard]] std::optional<Ending> ending() const;
  StepProgress progress_after(const StepTimer& timer);
  TrainingResult finish(Ending reason);

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
  std::set<std::string> raised_;      ///< alarms that were said
  std::unique_ptr<Stretch> stretch_;  ///< from begin() to end()
};

}  // namespace medcl
