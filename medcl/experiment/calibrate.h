// SPDX-License-Identifier: Apache-2.0
#pragma once

// Measures what a step of each row of an experiment takes on this machine (calibration.h).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "medcl/experiment/grid_data.h"

namespace medcl {

struct CalibrateOptions {
  std::filesystem::path program;  ///< medcl
  std::int64_t threads = 1;       ///< of each training
  double seconds = 45;            ///< of each training
};

struct CalibrateHooks {
  /// After each row, also those that were measured before.
  std::function<void(const GridRun&, double seconds_per_step)> on_row;
  /// While a row is measured: which, and of how many.
  std::function<void(std::size_t row, std::size_t rows)> on_progress;
  std::function<bool()> stop_requested;
};

/// Trains the first run of each row for a while, one after the other, and adds the rows to the
/// calibration of `folder`. Rows that it has, of the same settings, machine and threads, are kept.
/// Cost: `seconds` for each row and what preparing takes; the machine must have no other work.
/// @throws Error(kUsage) for an experiment whose budget is steps; Error(kInvalidData) where a
///         training failed, with its reason, or was too short; Error(kInterrupted) after a stop:
///         what was measured is saved.
Calibration calibrate(const Experiment& experiment, const GridDatasets& datasets,
                      const std::filesystem::path& folder, const CalibrateOptions& options,
                      const CalibrateHooks& hooks);

}  // namespace medcl
