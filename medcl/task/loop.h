// SPDX-License-Identifier: Apache-2.0
#pragma once

// A whole run: prepare, train, validate, keep the best, checkpoint, resume.

#include <filesystem>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/engine/training_hooks.h"
#include "medcl/task/config.h"

namespace medcl {

struct RunStart {
  bool resume = false;          ///< go on from the latest checkpoint
  bool accept_changes = false;  ///< also with data that changed since
  std::string plan{};           ///< plan.toml of a new run that was planned; else empty
};

/// Trains in folder `run`: a new one, which must be free (RunFolder::create), or that of a run that
/// goes on with what `options` may change of it (require_resumable). Prepared cases are kept in
/// `cache`. Leaves run/best and run/last models, checkpoints and logs, and in run/config.toml the
/// options as they now count, beside run/plan.toml where there is a plan; see
/// docs/reference/run-folder.md. `options` must be settled (settle_options).
/// @throws Error; NonFiniteLoss after writing the batch to run/failed_step.
TrainingResult train(const Dataset& dataset, const RunOptions& options,
                     const std::filesystem::path& run, const std::filesystem::path& cache,
                     const RunStart& start, const TrainingHooks& hooks);

}  // namespace medcl
