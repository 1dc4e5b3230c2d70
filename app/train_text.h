// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `medcl train`, and in part `medcl pretrain`, says: validations on the way, the result and
// the line that goes on.

#include <filesystem>
#include <string>

#include "medcl/engine/training_hooks.h"
#include "medcl/task/config.h"

namespace medcl {

std::string loss_text(const StepReport& report, const StepProgress& progress);
void print_validation(const Judgement& judgement, std::int64_t step, bool improved);
/// Result on stdout, warnings on stderr. `options`: as they were asked for.
void print_result(const TrainingResult& result, const std::filesystem::path& run,
                  const RunOptions& options);
/// The test images of the dataset, or a name that stands for any image of its kind; as one word of
/// a shell.
std::string what_to_predict(const std::filesystem::path& dataset);
/// For a stop while cases are prepared. Those that are done are kept when the run folder is.
void print_unstarted(const std::string& verb, const std::filesystem::path& run);
void print_interrupted(const std::string& verb, const TrainingResult& result,
                       const std::filesystem::path& run);

}  // namespace medcl
