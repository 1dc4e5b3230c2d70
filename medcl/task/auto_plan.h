// SPDX-License-Identifier: Apache-2.0
#pragma once

// The plan (dataset/plan.h) of a training on a dataset: what a person fixed is taken as given, and
// the rest is made to fit into the memory at hand.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/dataset/plan.h"

namespace medcl {

struct RunOptions;

/// The name under which `train` takes a plan instead of a built-in preset.
inline constexpr const char* kAutoPreset = "auto";

/// What a person fixed, in a file and in settings ("key=value"), which count more.
struct GivenOptions {
  std::vector<std::string> settings{};
  std::filesystem::path config_file{};
};

struct AutoPlan {
  Survey survey;
  /// Those that the network and the method have, the given ones among them that are used.
  std::vector<PlannedOption> options;
  std::vector<std::string> warnings{};  ///< one line each
  std::string machine{};                ///< what it was planned for, in a line
  /// As a configuration file, MoreOptions::defaults.
  [[nodiscard]] std::string text() const;
};

/// What the training cases of a run show, of which those whose scribbles it leaves out have none.
/// `asked` has a settled orientation. @throws Error as survey_of.
Survey survey_of_run(const Dataset& dataset, const RunOptions& asked,
                     const std::function<void(std::int64_t, std::int64_t)>& progress = {});

/// Looks at the training cases and plans for what is given of the time, the machine, the cases, the
/// network and the method; what follows from a given option follows. Where the training would take
/// more than four fifths of the memory that is available, the batch and then the crop are made
/// smaller, unless they are given, until it does not, or none is left that could be, which is one
/// of the warnings; a given option that this plan does not use is another.
/// @throws Error as resolve_options, settle_options, survey_of.
AutoPlan auto_plan(const Dataset& dataset, const GivenOptions& given,
                   const std::function<void(std::int64_t, std::int64_t)>& progress = {});

/// The same for `available` bytes; no limit below 0.
AutoPlan auto_plan_within(const Dataset& dataset, const GivenOptions& given, std::int64_t available,
                          const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace medcl
