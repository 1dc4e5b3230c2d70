// SPDX-License-Identifier: Apache-2.0
#pragma once

// The plan of a training, with progress, and what is to be warned of: for `medcl plan` and `medcl
// train`.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/progress.h"
#include "app/signals.h"
#include "medcl/task/auto_plan.h"

namespace medcl {

/// Called with (cases done, cases in all).
using CaseProgress = std::function<void(std::int64_t, std::int64_t)>;

/// What `work(progress)` returns. A signal stops it.
template <typename Work>
auto with_progress_of_cases(const Work& work) {
  remember_signals();
  Progress line(0, "plan", "case");
  auto result = work(CaseProgress([&line](std::int64_t done, std::int64_t total) {
    stop_if_asked();
    line.set_total(total);
    line.update(done);
  }));
  line.finish();
  return result;
}

/// Looks at the cases of the dataset and warns of what its plan warns of. A signal stops it.
/// @throws as require_sound_listing and auto_plan.
AutoPlan plan_in_terminal(const Dataset& dataset, const GivenOptions& given);

/// What a planned run remembers of its plan.
struct RunPlan {
  Survey survey;
  std::string text;  ///< plan.toml
};

/// The plan of a run that goes on; none where it was not planned. Looks at the cases again.
/// `options`: settled, of the run. @throws as survey_of_run.
std::optional<RunPlan> plan_of_run(const std::filesystem::path& run, const Dataset& dataset,
                                   const RunOptions& options);

}  // namespace medcl
