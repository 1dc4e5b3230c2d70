// SPDX-License-Identifier: Apache-2.0
#include "medcl/pretraining/pretrain.h"

#include "medcl/dataset/case_files.h"
#include "medcl/engine/trainer.h"
#include "medcl/run/run_folder.h"
#include "medcl/task/resume.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDefaults = R"(
[train]
steps = 500
epochs = 0
time_s = 0
patience = 0
checkpoint_every = 100
average_decay = 0
weight_decay = 0.05
[schedule]
learning_rate = 1e-3
kind = "cosine"
warmup_steps = 25
)";
constexpr double kBeta2 = 0.95;

MoreOptions more_of(PretrainOptions& options) {
  return {.defaults = kDefaults,
          .describe = [&options](OptionTable table) { options.describe(table.scope("pretrain")); }};
}

PretrainRunOptions options_before(const fs::path& run) {
  PretrainRunOptions before;
  before.run = options_as_written(run, more_of(before.pretrain));
  return before;
}

}  // namespace

OptionTable PretrainRunOptions::table() {
  OptionTable table = run.table();
  pretrain.describe(table.scope("pretrain"));
  return table;
}

PretrainRunOptions resolve_pretraining(const std::string& preset, const fs::path& config_file,
                                       const std::vector<std::string>& settings) {
  PretrainRunOptions options;
  options.run = resolve_options(preset, config_file, settings, more_of(options.pretrain));
  return options;
}

PretrainRunOptions pretraining_of_run(const fs::path& run,
                                      const std::vector<std::string>& settings) {
  PretrainRunOptions options;
  options.run = options_of_run(run, settings, more_of(options.pretrain));
  return options;
}

TrainingResult pretrain(const Dataset& dataset, const PretrainRunOptions& asked,
                        const fs::path& run, const fs::path& cache, const RunStart& start,
                        const TrainingHooks& hooks) {
  warn_of_listing(dataset);
  PretrainRunOptions options = asked;
  RunFolder folder = start.resume ? RunFolder::open(run, RunKind::kPretraining)
                                  : RunFolder::create(run, RunKind::kPretraining);
  PretrainRunOptions before = start.resume ? options_before(run) : options;
  require_resumable(before.table(), options.table());
  EncoderTask task(dataset, options.run, options.pretrain, run, cache, hooks);
  EngineOptions engine = options.run.engine();
  engine.optimiser.beta2 = kBeta2;
  Trainer trainer(task, engine, run, hooks);
  if (start.resume) trainer.go_on(before.run.train, start.accept_changes);
  static_cast<LoopOptions&>(options.run.train) = trainer.loop_options();
  folder.keep(options.table());
  if (hooks.on_start) hooks.on_start();
  return trainer.go();
}

}  // namespace medcl
