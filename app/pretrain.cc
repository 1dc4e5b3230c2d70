// SPDX-License-Identifier: Apache-2.0
// medcl pretrain: an image encoder for MedCL-SAM from images alone; resumes; Ctrl-C saves.

#include "medcl/pretraining/pretrain.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/progress.h"
#include "app/run_verb.h"
#include "app/signals.h"
#include "app/train_text.h"
#include "medcl/core/error.h"
#include "medcl/task/resume.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPreset = "sam-phantom";

std::vector<SettingFlag> setting_flags() {
  return {{"--steps", "train.steps", "Optimiser steps"},
          {"--time", "train.time_s", "Time budget, such as 30m"},
          {"--learning-rate", "schedule.learning_rate", ""},
          {"--hidden-share", "pretrain.hidden_share", ""},
          {"--seed", "train.seed", ""},
          {"--device", "train.device", ""},
          {"--precision", "train.precision", ""},
          {"--threads", "train.threads", ""},
          {"--workers", "train.workers", ""}};
}

PretrainRunOptions options_of(const RunArguments& arguments) {
  if (fs::path(arguments.run).extension() == ".safetensors") {
    fail(ErrorCode::kUsage, {.what = "names a file",
                             .where = "--output",
                             .expected = "a run folder, into which encoder.safetensors comes",
                             .found = arguments.run});
  }
  PretrainRunOptions options, tried;
  const auto settings = arguments.flags.settings(tried.table());
  const std::string preset = arguments.preset.empty() ? kPreset : arguments.preset;
  take_options(
      arguments, options.run,
      [&] { options = resolve_pretraining(preset, arguments.config, settings); },
      [&] { options = pretraining_of_run(arguments.resume, settings); });
  return options;
}

void print_encoder(const RunArguments& arguments, const PretrainRunOptions& options,
                   const TrainingResult& result) {
  const std::string encoder = (arguments.run_folder() / "encoder.safetensors").string();
  const std::string preset = arguments.preset.empty() ? kPreset : arguments.preset;
  std::printf("%s: %lld steps in %s\n", encoder.c_str(), static_cast<long long>(result.steps),
              duration_text(result.elapsed_s).c_str());
  std::printf("next: medcl train %s -o RUN --preset %s --set sam.checkpoint=%s\n",
              options.run.dataset.c_str(), preset.c_str(), encoder.c_str());
}

void run_pretrain(const RunArguments& arguments, Program& program) {
  PretrainRunOptions options = options_of(arguments);
  const Dataset dataset = read_dataset(options.run.dataset);
  settle_options(options.run, dataset);
  remember_signals();
  TrainingResult result;
  const auto work = [&](TrainingHooks& hooks) {
    return pretrain(dataset, options, arguments.run_folder(), arguments.cache_folder(),
                    {.resume = arguments.goes_on(), .accept_changes = arguments.accept_changes},
                    hooks);
  };
  if (run_in_terminal(arguments, program, "pre-training", work, result)) {
    print_encoder(arguments, options, result);
  }
}

}  // namespace

void add_pretrain(Program& program) {
  auto arguments =
      std::make_shared<RunArguments>("pretrain", RunKind::kPretraining, setting_flags());
  CLI::App* verb = program.app.add_subcommand(
      "pretrain", "Teach a small SAM encoder to paint hidden patches of the training images");
  PretrainRunOptions options;
  add_run_arguments(*verb, *arguments, options.table());
  verb->footer(
      "Examples:\n"
      "  medcl pretrain data/hearts -o runs/encoder --steps 2000\n"
      "  medcl pretrain --resume runs/encoder\n"
      "  medcl train data/hearts -o runs/sam --preset sam-phantom \\\n"
      "    --set sam.checkpoint=runs/encoder/encoder.safetensors\n"
      "Without --preset: sam-phantom.");
  verb->callback([arguments, &program] { run_pretrain(*arguments, program); });
}

}  // namespace medcl
