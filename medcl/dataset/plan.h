// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of a training that follow from the data and the machine, each with its reason, so
// that nobody has to choose a preset for an organ that no preset was made for.
//
// Own construction, in the manner of Isensee et al., nnU-Net, Nature Methods 2021: a fingerprint of
// the data and rules that are the same for all data.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "medcl/dataset/survey.h"

namespace medcl {

/// What a training may use, and what of it is settled before it is planned.
struct PlanSurroundings {
  std::int64_t threads = 1;
  bool gpu = false;
  double time_s = 0;                      ///< 0: not said
  std::int64_t steps = 0, epochs = 0;     ///< 0: not said
  double step_cost = 1;                   ///< of a step, in those of MedCL on a U-Net of width 16
  std::int64_t batch = 8;                 ///< slices per step
  std::int64_t multiple = 16;             ///< the network takes sides that are multiples of it
  std::int64_t crop_size = 0;             ///< side of a crop, where it is given; else 0
  std::int64_t most_side = 0;             ///< of a crop, for want of memory; 0: no limit
  std::optional<double> spacing_mm = {};  ///< of pixels, where it is given; 0: as acquired
};

/// An option by its name, its value as TOML text, and why, in a sentence.
struct PlannedOption {
  std::string name, value, reason;
};

/// The plan for data that look like this. Pure; every rule is in plan.cc.
std::vector<PlannedOption> planned_options(const Survey& survey, const PlanSurroundings& around);

/// The plan as a configuration file: remarks first, then each option with its reason above it, both
/// as comments. Options of one section stand together.
std::string plan_text(const std::vector<std::string>& remarks,
                      const std::vector<PlannedOption>& plan);

}  // namespace medcl
