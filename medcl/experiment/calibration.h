// SPDX-License-Identifier: Apache-2.0
#pragma once

// Minutes as steps. Runs that end after so many minutes end after fewer steps where the machine is
// slower or has other work, and can never be repeated to the bit. A calibration is what a step of
// each row of a grid (dataset, method, switch) took on a quiet machine: with it, a budget in
// minutes is one in steps, and the runs may be done anywhere, whatever else works there.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace medcl {

/// What one step of a row takes, its share of the validations included.
struct RowSpeed {
  std::string recipe;  ///< GridRun::recipe of what was measured
  double seconds_per_step = 0;
};

struct Calibration {
  std::string machine;                   ///< what it was measured on
  std::int64_t threads = 0;              ///< that each training had
  std::map<std::string, RowSpeed> rows;  ///< by GridRun::row
};

/// FOLDER/calibration.json of an experiment.
std::filesystem::path calibration_file(const std::filesystem::path& folder);
/// Empty where there is none. @throws Error(kIo) for a file that is none of this program.
Calibration read_calibration(const std::filesystem::path& folder);
/// @throws Error(kIo), Error(kOutOfResources)
void write_calibration(const std::filesystem::path& folder, const Calibration& calibration);

/// Of the log of a training (metrics.jsonl): the median time between two steps that no validation
/// stands between, and of a validation its median time over `validate_every` steps. The first
/// steps, in which memory is taken, do not count. @throws Error(kInvalidData) naming `where` for a
/// log of fewer than ten steps.
double seconds_per_step(std::string_view metrics_jsonl, std::int64_t validate_every,
                        const std::string& where);

}  // namespace medcl
