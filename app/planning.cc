// SPDX-License-Identifier: Apache-2.0
#include "app/planning.h"

#include <functional>
#include <vector>

#include "app/console.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/case_files.h"

namespace medcl {

namespace {

/// Called with (cases done, cases in all).
using CaseProgress = std::function<void(std::int64_t, std::int64_t)>;

/// Calls `work` with progress. A signal stops it.
template <typename Work>
auto with_progress(const Work& work) {
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

}  // namespace

AutoPlan plan_in_terminal(const Dataset& dataset, const GivenOptions& given) {
  require_sound_listing(dataset);
  AutoPlan plan = with_progress(
      [&](const CaseProgress& progress) { return auto_plan(dataset, given, progress); });
  for (const std::string& one : plan.warnings) warn(one);
  return plan;
}

std::optional<RunPlan> plan_of_run(const std::filesystem::path& run, const Dataset& dataset,
                                   const RunOptions& options) {
  const std::filesystem::path file = run / "plan.toml";
  if (!is_there(file)) return std::nullopt;
  const std::vector<std::uint8_t> text = read_file(file);
  return RunPlan{.survey = with_progress([&](const CaseProgress& progress) {
                   return survey_of_run(dataset, options, progress);
                 }),
                 .text = {text.begin(), text.end()}};
}

}  // namespace medcl
