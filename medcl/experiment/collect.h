// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run has left, gathered for the store.

#include <cstddef>
#include <filesystem>

#include "medcl/experiment/store.h"

namespace medcl {

/// Everything in a result that the files of the run say; not its names. Times of a run that was
/// given steps for minutes are those of the calibration, not of the machine that it shared with
/// others.
/// @throws Error(kIo) for files that are absent or broken; Error(kInvalidData) where other cases
///         were scored than `cases`.
RunResult collect_result(const std::filesystem::path& run_place, const Experiment& experiment,
                         const GridRun& run, std::size_t cases);

}  // namespace medcl
