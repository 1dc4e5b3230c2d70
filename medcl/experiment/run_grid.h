// SPDX-License-Identifier: Apache-2.0
#pragma once

// Works on the runs of an experiment, several at a time.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "medcl/experiment/grid_data.h"

namespace medcl {

struct GridOptions {
  std::filesystem::path program;    ///< medcl
  std::int64_t jobs = 1;            ///< runs at a time
  std::int64_t threads = 1;         ///< of each
  std::optional<std::size_t> only;  ///< number of the one run to do; none: all
  bool retry = false;               ///< also those that failed before
};

struct GridProgress {
  std::size_t runs = 0, done = 0, failed = 0;  ///< of the runs that were asked for
  double share = 0;                            ///< of their work, 0 to 1
  std::string active;                          ///< "hearts-pce-n5-d0-s1 40 %, ..."
};

struct GridHooks {
  std::function<void(const std::string&)> on_note, on_warning;
  /// Checks what this folder does not know of, once all datasets are there; may throw.
  std::function<void(const GridDatasets&)> check;
  std::function<void(const GridProgress&)> on_progress;  ///< a few times a second
  std::function<void(const GridRun&, const std::string& failure)> on_end;
  std::function<bool()> stop_requested;
};

/// Does the runs that have no result of this data in the store, in their order, `jobs` at a time,
/// after what can be known to fail was refused; results of other data are left alone and told of. A
/// run that
/// another process works on is left to it, and waited for at the end. A run that fails is a result;
/// the others go on. After a stop, what runs is saved and the next call goes on. Returns how far
/// all is.
/// @throws as ready_datasets, require_runnable and hooks.check; Error(kOutOfResources) for a full
/// disk; Error(kUsage) for `only`
///         beyond the grid; Error(kInterrupted) after a stop.
GridProgress run_grid(const Experiment& experiment, const std::filesystem::path& folder,
                      const GridOptions& options, const GridHooks& hooks);

}  // namespace medcl
