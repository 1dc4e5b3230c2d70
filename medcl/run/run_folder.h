// SPDX-License-Identifier: Apache-2.0
#pragma once

// The folder of a run: that it is one, whose it is, and the files in it that are neither
// checkpoint, model nor log.

#include <filesystem>
#include <optional>
#include <span>

#include "medcl/core/options.h"
#include "medcl/run/run_lock.h"

namespace medcl {

/// What a run is for: the mark run.json says it.
enum class RunKind { kTraining, kPretraining };

/// @throws Error(kIo), saying what is missing, unless `run` is the folder of a run that was begun:
/// config.toml, and beside it the mark run.json or, of older versions, the lock; Error(kUsage) when
/// it is of another kind.
void require_run_folder(const std::filesystem::path& run, RunKind kind = RunKind::kTraining);

/// Refuses a folder that a new run cannot have, as RunFolder::create() does: for what takes long to
/// settle before a run begins. @throws Error(kUsage)
void require_free_run_folder(const std::filesystem::path& run);

/// The names under which runs keep files and folders, in use or not.
std::span<const char* const> names_in_runs();

/// A folder that a run works in, from now on and alone.
///
/// A run takes over nothing: where its folder holds anything under a name that it writes itself
/// (checkpoints, best, metrics.jsonl ...) and the mark run.json does not say that a run of this
/// program put it there, it is refused and left as it is. Files of other names do not matter.
class RunFolder {
 public:
  /// Creates and marks the folder of a new run. @throws Error(kUsage) when it holds a run or files
  /// of somebody else, or is in use; Error(kIo).
  static RunFolder create(const std::filesystem::path& run, RunKind kind = RunKind::kTraining);
  /// The folder of a run that goes on. @throws as require_run_folder; Error(kUsage) in use.
  static RunFolder open(const std::filesystem::path& run, RunKind kind = RunKind::kTraining);

  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  /// A folder that create() made and keep() did not see would be in the way of the next attempt:
  /// what this process put into it is removed.
  ~RunFolder();

  /// Writes config.toml: every option, also those left as they are. From now on the folder stays.
  /// Atomic; a file with the same text is left alone. @throws Error(kIo), Error(kOutOfResources)
  void keep(const OptionTable& options);
  /// Writes plan.toml: why the options of a new run are as they are. Before keep().
  /// @throws as keep().
  void keep_plan(const std::string& text) const;

 private:
  explicit RunFolder(std::filesystem::path run);

  std::filesystem::path run_;
  bool remove_ = false;
  std::optional<RunLock> lock_;
};

}  // namespace medcl
