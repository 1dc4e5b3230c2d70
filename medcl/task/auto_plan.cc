// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/auto_plan.h"

#include <algorithm>
#include <cstdio>

#include "medcl/core/memory.h"
#include "medcl/core/threads.h"
#include "medcl/dataset/orientation.h"
#include "medcl/task/config.h"
#include "medcl/task/memory.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

constexpr double kShareOfMemory = 0.8;
constexpr std::int64_t kLeastBatch = 2, kLeastSide = 64, kSideStep = 16;

/// The dataset as the run sees it: cases whose scribbles it leaves out have none.
Dataset seen_by(const TrainOptions& options, Dataset dataset) {
  if (options.scribbled.empty()) return dataset;
  for (Case& one : dataset.cases) {
    if (std::ranges::find(options.scribbled, one.id) == options.scribbled.end()) {
      one.labels.reset();
    }
  }
  return dataset;
}

PlannedOption& planned(AutoPlan& plan, const std::string& name) {
  return *std::ranges::find(plan.options, name, &PlannedOption::name);
}

/// One size smaller; false when everything is as small as it may be.
bool make_smaller(AutoPlan& plan, std::int64_t bytes) {
  char reason[96];
  std::snprintf(reason, sizeof reason, "memory: more would take %.1f GB",
                static_cast<double>(bytes) / 1e9);
  for (const auto& [name, least, halve] :
       {std::tuple{"sampler.batch", kLeastBatch, true}, {"crop.size", kLeastSide, false}}) {
    PlannedOption& option = planned(plan, name);
    const std::int64_t value = std::stoll(option.value);
    const std::int64_t smaller = halve ? value / 2 : value - kSideStep;
    if (smaller < least) continue;
    option.value = std::to_string(smaller);
    option.reason = reason;
    return true;
  }
  return false;
}

void fit_into(AutoPlan& plan, const Dataset& dataset, const std::vector<std::string>& settings,
              std::int64_t available) {
  for (;;) {
    RunOptions run = resolve_options("", {}, settings, {.defaults = plan.text(), .describe = {}});
    settle_options(run, dataset);
    const std::int64_t bytes = training_bytes(run);
    const double limit = kShareOfMemory * static_cast<double>(available);
    if (static_cast<double>(bytes) <= limit || !make_smaller(plan, bytes)) return;
  }
}

}  // namespace

AutoPlan auto_plan_within(const Dataset& dataset, const std::vector<std::string>& settings,
                          std::int64_t available,
                          const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const RunOptions asked = resolve_options("", {}, settings);
  const std::string orientation =
      settled_orientation(dataset, asked.prepare.orientation, asked.prepare.assume);
  AutoPlan plan;
  plan.survey = survey_of(seen_by(asked.train, dataset), chosen_split(dataset, asked.train).train,
                          orientation, progress);
  const bool gpu = asked.train.device == "cuda";
  plan.options = planned_options(plan.survey, {.threads = threads_or_all(asked.train.threads),
                                               .gpu = gpu,
                                               .time_s = asked.train.time_s,
                                               .steps = asked.train.steps});
  if (available >= 0 && !gpu) fit_into(plan, dataset, settings, available);
  return plan;
}

AutoPlan auto_plan(const Dataset& dataset, const std::vector<std::string>& settings,
                   const std::function<void(std::int64_t, std::int64_t)>& progress) {
  return auto_plan_within(dataset, settings, available_memory_bytes().value_or(-1), progress);
}

}  // namespace medcl
