// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/status.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/experiment/run_job.h"
#include "medcl/experiment/store.h"
#include "medcl/report/score_tables.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

bool is_locked(const fs::path& place) {
  if (!is_there(place / "lock")) return false;
  try {
    const RunLock probe(place);
    return false;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUsage) throw;
    return true;
  }
}

double dice_of(const RunResult& result) {
  double sum = 0, count = 0;
  for (const auto& [name, one] : result.scores) {
    for (const CaseResult& scored : one.summary.cases) {
      const double dice = mean_dice(scored);
      if (!std::isfinite(dice)) continue;
      sum += dice;
      ++count;
    }
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

void take_result(RunStatus& status, const RunResult& result) {
  status.state = result.done() ? RunState::kDone : RunState::kFailed;
  status.share = 1;
  status.seconds = result.seconds;
  status.dice = dice_of(result);
  status.failure = result.failure;
}

}  // namespace

std::vector<RunStatus> status_of(const std::vector<GridRun>& runs, const fs::path& folder) {
  const ResultStore store(folder);
  std::vector<RunStatus> all;
  for (const GridRun& run : runs) {
    RunStatus status{.run = run};
    const fs::path place = run_place(folder, run.id);
    if (store.contains(run.id)) {
      take_result(status, store.read(run.id));
    } else if (is_there(place)) {
      const fs::path log = place / "train" / "metrics.jsonl";
      status.share = is_there(place / "trained") ? 1 : trained_share(log, run);
      status.state = is_locked(place)   ? RunState::kRunning
                     : status.share > 0 ? RunState::kBegun
                                        : RunState::kWaiting;
    }
    all.push_back(std::move(status));
  }
  return all;
}

double seconds_left(const std::vector<RunStatus>& all) {
  double seconds = 0, done = 0, left = 0, running = 0;
  for (const RunStatus& one : all) {
    if (one.state == RunState::kDone) {
      seconds += one.seconds;
      ++done;
    } else if (one.state != RunState::kFailed) {
      left += 1 - one.share;
      if (one.state == RunState::kRunning) ++running;
    }
  }
  if (left == 0) return 0;
  if (done == 0) return std::numeric_limits<double>::quiet_NaN();
  return left * seconds / done / std::max(1.0, running);
}

std::string name_of_state(RunState state) {
  constexpr const char* kNames[] = {"waiting", "begun", "running", "done", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace medcl
