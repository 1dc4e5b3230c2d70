// SPDX-License-Identifier: Apache-2.0
#pragma once

// How far the runs of an experiment are.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/experiment/grid.h"

namespace medcl {

enum class RunState { kWaiting, kBegun, kRunning, kDone, kFailed };

struct RunStatus {
  GridRun run;
  RunState state = RunState::kWaiting;
  double share = 0;    ///< of the training
  double seconds = 0;  ///< that it took, once it has ended
  double dice = 0;     ///< mean over classes and cases, of a done one; NaN without
  std::string failure;
};

/// One per run. A run is running when a process has its lock.
std::vector<RunStatus> status_of(const std::vector<GridRun>& runs,
                                 const std::filesystem::path& folder);

/// Seconds until all have ended, at the pace of those that are done and with as many at a time as
/// are running now (at least one); NaN before one is done.
double seconds_left(const std::vector<RunStatus>& all);

/// "waiting", "begun", "running", "done", "failed".
std::string name_of_state(RunState state);

}  // namespace medcl
