// SPDX-License-Identifier: Apache-2.0
#pragma once

// The plan (dataset/plan.h) of a training on a dataset, made to fit into the memory at hand.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/dataset/plan.h"

namespace medcl {

/// The name under which `train` takes a plan instead of a built-in preset.
inline constexpr const char* kAutoPreset = "auto";

struct AutoPlan {
  Survey survey;
  std::vector<PlannedOption> options;
  /// As a configuration file, MoreOptions::defaults.
  [[nodiscard]] std::string text() const { return plan_text(survey, options); }
};

/// Looks at the training cases and plans for what `settings` say of the time, the machine and the
/// cases. Where the training would take more than four fifths of the memory that is available, the
/// batch and then the crop are made smaller until it does not, or none is left that could be.
/// @throws Error as resolve_options, settle_options, survey_of.
AutoPlan auto_plan(const Dataset& dataset, const std::vector<std::string>& settings,
                   const std::function<void(std::int64_t, std::int64_t)>& progress = {});

/// The same for `available` bytes; no limit below 0.
AutoPlan auto_plan_within(const Dataset& dataset, const std::vector<std::string>& settings,
                          std::int64_t available,
                          const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl
