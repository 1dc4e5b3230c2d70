// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of a training that follow from the data and the machine, each with its reason, so
// that nobody has to choose a preset for an organ that no preset was made for.
//
// Own construction, in the manner of Isensee et al., nnU-Net, Nature Methods 2021: a fingerprint of
// the data and rules that are the same for all data.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/survey.h"

namespace medcl {

/// What a training may use.
struct PlanSurroundings {
  std::int64_t threads = 1;
  bool gpu = false;
  double time_s = 0;       ///< 0: not said
  std::int64_t steps = 0;  ///< 0: not said
};

/// An option by its name, its value as TOML text, and why, in a sentence.
struct PlannedOption {
  std::string name, value, reason;
};

/// The plan for data that look like this. Pure; every rule is in plan.cc.
std::vector<PlannedOption> planned_options(const Survey& survey, const PlanSurroundings& around);

/// The plan as a configuration file, each reason a comment above its option.
std::string plan_text(const Survey& survey, const std::vector<PlannedOption>& plan);

}  // namespace medcl
