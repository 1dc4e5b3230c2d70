// SPDX-License-Identifier: Apache-2.0
#pragma once

// A whole pre-training: prepare, train, checkpoint, resume.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/pretraining/encoder_task.h"
#include "medcl/task/loop.h"

namespace medcl {

struct PretrainRunOptions {
  RunOptions run;
  PretrainOptions pretrain;
  /// As RunOptions::table.
  [[nodiscard]] OptionTable table();
};

/// As resolve_options, over what suits a pre-training: 500 steps with a cosine course from 1e-3,
/// weight decay .05, no moving average.
PretrainRunOptions resolve_pretraining(const std::string& preset,
                                       const std::filesystem::path& config_file,
                                       const std::vector<std::string>& settings);
/// As options_of_run, of the folder of a pre-training.
PretrainRunOptions pretraining_of_run(const std::filesystem::path& run,
                                      const std::vector<std::string>& settings);

/// As train() in every respect, with an EncoderTask: leaves run/encoder.safetensors, checkpoints
/// and logs. `options.run` is settled. @throws as train and EncoderTask.
TrainingResult pretrain(const Dataset& dataset, const PretrainRunOptions& options,
                        const std::filesystem::path& run, const std::filesystem::path& cache,
                        const RunStart& start, const TrainingHooks& hooks);

}  // namespace medcl
