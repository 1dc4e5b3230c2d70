// SPDX-License-Identifier: Apache-2.0
#pragma once

// One run of a grid at work: medcl train, then medcl predict and medcl evaluate for each kind of
// prediction, each a program of its own that a person can repeat (commands.txt in the run's place).
// Whatever ends it, the next start goes on: a training with --resume, predictions with --continue.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/running_program.h"
#include "medcl/dataset/dataset.h"
#include "medcl/experiment/store.h"
#include "medcl/run/run_lock.h"

namespace medcl {

/// What all runs of a grid share.
struct JobSetting {
  const Experiment& experiment;
  std::filesystem::path folder;   ///< of the experiment
  std::filesystem::path program;  ///< medcl
  std::int64_t threads = 1;       ///< of each run
  /// Whether the data is still that of the runs; empty: it is.
  std::function<bool()> same_data = {};
};

class RunJob {
 public:
  /// Takes the run, for this process alone. Nothing is started yet. `dataset` must outlive it.
  /// @throws Error(kUsage) when another process has it; Error(kIo).
  RunJob(const JobSetting& setting, const GridRun& run, const Dataset& dataset);

  /// Does what can be done without waiting. True when the run has ended and its result is in the
  /// store. @throws Error(kIo), Error(kOutOfResources) for the store, not for the run.
  bool advance();
  /// Asks what runs to save and end. Afterwards advance() stores nothing.
  void interrupt();
  /// True while a program of it runs.
  [[nodiscard]] bool is_busy();

  [[nodiscard]] const GridRun& run() const { return run_; }
  /// The share of the training that is done, 0 to 1.
  [[nodiscard]] double share() const;
  /// Why the run failed, once it has ended; empty: it is done.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Stage {
    std::vector<std::string> words;
    std::filesystem::path product;  ///< there once the stage is done
  };

  void begin();
  [[nodiscard]] Stage train_stage() const;
  [[nodiscard]] Stage predict_stage(const std::string& prediction) const;
  [[nodiscard]] Stage evaluate_stage(const std::string& prediction) const;
  /// The first stage whose product is absent; none when all are done.
  [[nodiscard]] std::optional<Stage> next_stage() const;
  void start(const Stage& stage);
  [[nodiscard]] bool training_is_held_elsewhere() const;
  void finish(const std::string& failure);
  [[nodiscard]] std::string failure_in_log(const ProgramEnd& end) const;

  const JobSetting& setting_;
  GridRun run_;
  const Dataset& dataset_;
  std::filesystem::path place_;
  std::optional<RunLock> lock_;
  std::vector<std::string> scribbled_;
  ScoredCases scored_;
  std::optional<Stage> stage_;
  std::unique_ptr<RunningProgram> program_;
  std::uintmax_t log_start_ = 0;
  double seconds_before_ = 0;  ///< of earlier stretches
  double started_ = 0;
  bool begun_ = false, interrupted_ = false;
  std::string failure_;
};

/// The share of its budget that a training has had, by its log; 0 before the first step.
double trained_share(const std::filesystem::path& metrics_jsonl, const GridRun& run);

/// The words of `medcl train` behind the program's name with which a run begins. `scribbled`: the
/// drawn cases; empty: all. `folder`: of the experiment, whose cache it uses.
std::vector<std::string> train_words(const GridRun& run, const Dataset& dataset,
                                     const std::vector<std::string>& scribbled,
                                     const std::filesystem::path& folder,
                                     const std::filesystem::path& target, std::int64_t threads);

}  // namespace medcl
