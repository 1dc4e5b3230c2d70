// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `medcl train` and `medcl pretrain` have in common: a new run or one that goes on, progress,
// and a stop that saves.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/setting_flags.h"
#include "medcl/run/run_folder.h"
#include "medcl/task/loop.h"

namespace medcl {

struct RunArguments {
  RunArguments(std::string verb_name, RunKind run_kind, std::vector<SettingFlag> setting_flags)
      : verb(std::move(verb_name)), kind(run_kind), flags(std::move(setting_flags)) {}

  std::string verb;  ///< "train"
  RunKind kind;
  std::string dataset, run, preset, config, cache, resume;
  bool accept_changes = false;
  SettingFlags flags;

  [[nodiscard]] bool goes_on() const { return !resume.empty(); }
  [[nodiscard]] std::filesystem::path run_folder() const { return goes_on() ? resume : run; }
  [[nodiscard]] std::filesystem::path cache_folder() const {
    return cache.empty() ? run_folder() / "prepared" : std::filesystem::path(cache);
  }
};

/// `arguments` must outlive the parsing. `table` has the settings.
void add_run_arguments(CLI::App& verb, RunArguments& arguments, const OptionTable& table);

/// The options of the run; of a new one with the place of its dataset. `resolve` gives those of a
/// new run and `of_run` those of a run that goes on, both with the settings of the flags.
/// @throws Error(kUsage) for what is missing, and for what a run that goes on keeps.
void take_options(const RunArguments& arguments, RunOptions& options,
                  const std::function<void()>& resolve, const std::function<void()>& of_run);

/// Hooks with a progress line that `activity` names ("training") and validations in words; calls
/// `work`; after a stop says how to go on, and returns false.
bool run_in_terminal(const RunArguments& arguments, Program& program, const std::string& activity,
                     const std::function<TrainingResult(TrainingHooks&)>& work,
                     TrainingResult& result);

}  // namespace medcl
