// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/loop.h"

#include <string>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/memory.h"
#include "medcl/dataset/case_files.h"
#include "medcl/engine/trainer.h"
#include "medcl/run/run_folder.h"
#include "medcl/task/label_notes.h"
#include "medcl/task/memory.h"
#include "medcl/task/resume.h"
#include "medcl/task/segmentation_task.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

void warn_of_weights(const NetworkOptions& network) {
  if (network.entry().warnings == nullptr) return;
  for (const std::string& text : network.entry().warnings(network.own)) {
    log(LogLevel::kWarning, text);
  }
}

}  // namespace

TrainingResult train(const Dataset& dataset, const RunOptions& asked, const fs::path& run,
                     const fs::path& cache, const RunStart& start, const TrainingHooks& hooks) {
  require_sound_listing(dataset);
  check(asked.sample.classes == dataset.labels.class_count(),
        "options are settled with the dataset");
  RunOptions options = asked;
  warn_of_weights(options.network);
  if (const auto available = available_memory_bytes()) {
    require_memory(options, *available);
  }
  RunFolder folder = start.resume ? RunFolder::open(run) : RunFolder::create(run);
  RunOptions before = start.resume ? options_as_written(run) : options;
  require_resumable(before.table(), options.table());
  SegmentationTask task(dataset, options, run, cache, hooks);
  Trainer trainer(task, options.engine(), run, hooks);
  if (start.resume) {
    trainer.go_on(before.train, start.accept_changes);
  }
  static_cast<LoopOptions&>(options.train) = trainer.loop_options();
  if (!start.plan.empty()) folder.keep_plan(start.plan);
  folder.keep(options.table());
  tell_of_labels(dataset, task.store(), task.split(), options, hooks);
  if (hooks.on_start) {
    hooks.on_start();
  }
  return trainer.go();
}

}  // namespace medcl
