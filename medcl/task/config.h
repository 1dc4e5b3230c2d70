// SPDX-License-Identifier: Apache-2.0
#pragma once

// All options of a training run; the resolved TOML in the run folder repeats the run.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/engine/engine_options.h"
#include "medcl/inference/predictor.h"
#include "medcl/methods/all_methods.h"
#include "medcl/model/networks.h"
#include "medcl/sampling/batch.h"

namespace medcl {

struct TrainOptions : LoopOptions {
  std::int64_t split = 0;  ///< index in splits_final.json
  /// Cases to validate on instead of those of a split, and cases that the run has nothing to do
  /// with.
  std::vector<std::string> validate_on, leave_out;
  std::vector<std::string>
      scribbled;                     ///< cases whose scribbles are used; empty = all that have any
  bool memory_check = true;          ///< require_memory (memory.h)
  bool allow_missing_class = false;  ///< train although no scribble shows some class
  void describe(OptionTable table);
};

struct RunOptions {
  std::string dataset;
  TrainOptions train;
  PredictOptions
      validate;  ///< how validation cases are segmented; device and precision are train's
  ScheduleOptions schedule;
  MethodOptions method;
  NetworkOptions network;
  PrepareOptions prepare;
  SampleOptions sample;
  SamplerOptions sampler;
  /// Those of every run, and of its network and its method; not those of others.
  void describe(OptionTable table);
  /// Of the fields of this object, as describe() adds them.
  [[nodiscard]] OptionTable table();
  /// What the engine is told of it.
  [[nodiscard]] EngineOptions engine() const;
};

/// What another task than training has beside the options of a run.
struct MoreOptions {
  std::string defaults;                       ///< TOML, applied over the preset
  std::function<void(OptionTable)> describe;  ///< options of its own
};

/// Options of preset, then file, then single settings ("key=value"), in this order. Options of
/// networks and methods that are not chosen are checked and left out where a preset or a file has
/// them, so that one file serves several. Where no network is named it is the method's.
/// @throws Error(kUsage) unknown preset, key or value; a setting of a component that is not chosen.
RunOptions resolve_options(const std::string& preset, const std::filesystem::path& config_file,
                           const std::vector<std::string>& settings, const MoreOptions& more = {});

/// Every option that a run can have, with its default, once for each component that has it.
/// `of`: "" for every run, else such as "method pce", "network unet, unet_valid" or "method medcl
/// on network sam".
void for_each_option(const std::function<void(const Option&, const std::string& of)>& take);
std::vector<std::string> preset_names();
/// TOML text of a preset that is built into the program. @throws Error(kUsage)
const std::string& preset_text(const std::string& name);

/// Replaces what is open in the options by what this machine and this dataset offer, and checks
/// that they fit together. A second time changes nothing.
/// @throws Error(kUsage); as NetworkEntry::settle, MethodEntry::make and settled_orientation.
void settle_options(RunOptions& options, const Dataset& dataset);

/// What settled options tell a method of its run, and what the method then asks of it.
MethodContext method_context(const RunOptions& options);
MethodNeeds needs_of(const RunOptions& options);

/// Seconds of "90", "90s", "30m", "2h". @throws Error(kUsage)
double parse_duration_s(const std::string& text);

}  // namespace medcl
