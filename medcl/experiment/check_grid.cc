// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/check_grid.h"

#include <algorithm>

#include "medcl/core/error.h"
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

}  // namespace

void require_runnable(const Experiment& experiment, const GridDatasets& datasets) {
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
