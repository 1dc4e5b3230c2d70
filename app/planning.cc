// SPDX-License-Identifier: Apache-2.0
#include "app/planning.h"

#include <vector>

#include "app/console.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/case_files.h"

namespace medcl {

AutoPlan plan_in_terminal(const Dataset& dataset, const GivenOptions& given) {
  require_sound_listing(dataset);
  AutoPlan plan = with_progress_of_cases(
      [&](const CaseProgress& progress) { return auto_plan(dataset, given, progress); });
  for (const std::string& one : plan.warnings) warn(one);
  return plan;
}

std::optional<RunPlan> plan_of_run(const std::filesystem::path& run, const Dataset& dataset,
                                   const RunOptions& options) {
  const std::filesystem::path file = run / "plan.toml";
  if (!is_there(file)) return std::nullopt;
  const std::vector<std::uint8_t> text = read_file(file);
  return RunPlan{.survey = with_progress_of_cases([&](const CaseProgress& progress) {
                   return survey_of_run(dataset, options, progress);
                 }),
                 .text = {text.begin(), text.end()}};
}

}  // namespace medcl
