// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/check_grid.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/experiment/grid.h"
#include "medcl/experiment/rows.h"

namespace medcl {
namespace {

void require_enough_cases(const Experiment& experiment, const Dataset& dataset) {
  const std::int64_t most = std::max<std::int64_t>(1, std::ranges::max(experiment.scribbles));
  const std::size_t there = scribbled_cases(dataset).size();
  if (static_cast<std::size_t>(most) <= there) return;
  fail(ErrorCode::kInvalidData, {.what = "the dataset has too few scribbled training cases",
                                 .where = experiment.file + ": grid.scribbles",
                                 .expected = "at most " + std::to_string(there),
                                 .found = std::to_string(most) + " for " + dataset.root.string(),
                                 .remedy = "lower it; 0 takes all"});
}

/// The foreground classes of all datasets.
std::vector<std::string> classes_of(const GridDatasets& datasets) {
  std::vector<std::string> names;
  for (const auto& [name, dataset] : datasets) {
    for (std::size_t k = 1; k < dataset.labels.classes.size(); ++k) {
      names.push_back(dataset.labels.classes[k].name);
    }
  }
  return names;
}

/// Steps in one row and minutes in the next would be a table of two budgets.
void require_all_rows_measured(const Experiment& experiment) {
  if (experiment.minutes == 0 || experiment.calibration.rows.empty()) return;
  for (const GridRun& run : expand_grid(experiment)) {
    if (run.steps > 0) continue;
    const bool is_there = experiment.calibration.rows.contains(run.row);
    fail(ErrorCode::kUsage,
         {.what = "the calibration lacks a row",
          .where = experiment.file + ": " + run.row,
          .expected = "what a step of each row takes",
          .found = is_there ? "that of other settings" : "nothing",
          .remedy = "medcl experiment calibrate measures what is missing; without "
                    "calibration.json in its folder runs end by the clock"});
  }
}

}  // namespace

void require_runnable(const Experiment& experiment, const GridDatasets& datasets) {
  require_all_rows_measured(experiment);
  for (const auto& [name, dataset] : datasets) {
    require_enough_cases(experiment, dataset);
    (void)scored_cases(dataset, experiment.evaluate);
  }
  // A class that is missing may be one of a dataset that is not there.
  if (datasets.size() == experiment.datasets.size()) {
    require_known_rows(experiment, experiment.file, classes_of(datasets));
  }
}

}  // namespace medcl
