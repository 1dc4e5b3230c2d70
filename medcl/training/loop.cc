// SPDX-License-Identifier: Apache-2.0
#include "medcl/training/loop.h"

#include <string>

#include "medcl/core/log.h"
#include "medcl/core/memory.h"
#include "medcl/dataset/case_files.h"
#include "medcl/model/sam/backbone.h"
#include "medcl/training/label_notes.h"
#include "medcl/training/memory_plan.h"
#include "medcl/training/resume.h"
#include "medcl/training/run_card.h"
#include "medcl/training/run_folder.h"
#include "medcl/training/trainer.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

void warn_of_weights(const RunOptions& options) {
  if (options.network.backbone != "sam") return;
  for (const std::string& text : sam::weight_warnings(options.network.sam)) {
    log(LogLevel::kWarning, text);
  }
}

}  // namespace

TrainingResult train(const Dataset& dataset, const RunOptions& asked, const fs::path& run,
                     const fs::path& cache, const RunStart& start, const TrainingHooks& hooks) {
  require_sound_listing(dataset);
  RunOptions options = with_words(asked, dataset);
  warn_of_weights(options);
  if (const auto available = available_memory_bytes()) {
    require_memory(options, *available);
  }
  RunFolder folder = start.resume ? RunFolder::open(run) : RunFolder::create(run);
  RunOptions before = start.resume ? resolve_options("", run / "config.toml", {}) : options;
  if (start.resume) keep_orientation(before, options);
  require_resumable(before, options);
  Trainer trainer(dataset, options, run, cache, hooks);
  if (start.resume) {
    trainer.go_on(before.train, start.accept_changes);
  }
  options.train = trainer.train_options();
  options.prepare = trainer.store().options();
  folder.keep(options);
  tell_of_labels(dataset, trainer.store(), trainer.split(), options, hooks);
  if (hooks.on_start) {
    hooks.on_start();
  }
  return trainer.go();
}

}  // namespace medcl
