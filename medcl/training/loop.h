// SPDX-License-Identifier: Apache-2.0
#pragma once

// A whole run: prepare, train, validate, keep the best, checkpoint, resume.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/training/config.h"
#include "medcl/training/step.h"
#include "medcl/training/validation.h"

namespace medcl {

/// What a person wants to know after each step.
struct StepProgress {
  std::int64_t planned_steps = 0;  ///< 0 = not yet known
  std::int64_t epoch = 0;
  double elapsed_s = 0;
  double images_per_second = 0;
  double data_wait_fraction = 0;
};

/// Every function may be empty.
struct TrainingHooks {
  std::function<void(std::int64_t, std::int64_t)> on_prepare;
  std::function<void(const std::string&)> on_note;  ///< a line about the data, before on_start
  std::function<void()> on_start;  ///< the data were read and found fit; the first step is next
  std::function<void(const StepReport&, const StepProgress&)> on_step;
  std::function<void(const ValidationResult&, bool improved)> on_validation;
  std::function<bool()> stop_requested;  ///< asked after each step
};

enum class Ending { kPlanDone, kTimeUp, kNoGain, kInterrupted };

struct TrainingResult {
  Ending ending = Ending::kPlanDone;
  std::int64_t steps = 0;
  double best_score = -1;  ///< -1 without validation cases
  std::int64_t best_step = 0;
  double elapsed_s = 0;
};

/// Trains in folder `run` (created); goes on from its latest checkpoint when `resume`. Prepared
/// cases are kept in `cache`. Leaves run/best and run/last models, checkpoints and logs; see
/// docs/reference/run-folder.md. `options` must be settled (settle_options).
/// @throws Error; NonFiniteLoss after writing the batch to run/failed_step.
TrainingResult train(const Dataset& dataset, const RunOptions& options,
                     const std::filesystem::path& run, const std::filesystem::path& cache,
                     bool resume, const TrainingHooks& hooks);

}  // namespace medcl
