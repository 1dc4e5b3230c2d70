// SPDX-License-Identifier: Apache-2.0
#pragma once

// The course of a training run, read back from its metrics.jsonl.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/report/svg_plot.h"

namespace medcl {

struct History {
  std::vector<Series> losses;      ///< "total" first, then the terms; x = step
  std::vector<Series> validation;  ///< "mean" first, then the classes; y = `measure`
  std::string measure = "Dice";    ///< "stroke Dice" where validation cases had strokes only
  Series course;                   ///< mean Dice of the validations; x = minutes of training
  std::int64_t steps = 0;
  double seconds = 0;
  double images_per_second = 0;  ///< of the last line that has it
};

/// Reads metrics.jsonl; a last line that was cut off by a kill is left out. @throws Error(kIo)
/// absent, or broken earlier.
History read_history(const std::filesystem::path& metrics_jsonl);

}  // namespace medcl
