// SPDX-License-Identifier: Apache-2.0
#include "app/run_verb.h"

#include <memory>

#include "app/console.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/train_text.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/run/run_folder.h"
#include "medcl/task/auto_plan.h"
#include "medcl/task/resume.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

void check_new_run(const RunArguments& arguments) {
  if (arguments.dataset.empty() || arguments.run.empty()) {
    fail(ErrorCode::kUsage, {.what = "a dataset and a run folder are needed",
                             .where = "DATASET",
                             .expected = "medcl " + arguments.verb + " DATASET -o RUN"});
  }
  if (arguments.accept_changes) {
    fail(ErrorCode::kUsage, {.what = "belongs to a run that goes on",
                             .where = "--accept-changes",
                             .expected = "--resume RUN"});
  }
  require_named(arguments.run, "--output");
  require_apart(arguments.run, arguments.dataset, "--output");
  require_free_run_folder(arguments.run);
  require_own_folder(arguments.run, "--output");
}

bool same_folder(const std::string& a, const std::string& b) {
  return fs::weakly_canonical(a) == fs::weakly_canonical(b);
}

/// What decides a run is in its folder.
void refuse_what_a_run_keeps(const RunArguments& arguments, const RunOptions& options) {
  const auto refuse = [&](const char* flag, const std::string& found, const std::string& remedy) {
    fail(ErrorCode::kUsage, {.what = "cannot be given to a run that goes on",
                             .where = flag,
                             .expected = "--resume " + arguments.resume + ", which has its own",
                             .found = found,
                             .remedy = remedy});
  };
  const std::string anew = "leave it out, or start a new run in another folder";
  if (!arguments.preset.empty()) refuse("--preset", arguments.preset, anew);
  if (!arguments.config.empty()) refuse("--config", arguments.config, anew);
  if (!arguments.run.empty() && !same_folder(arguments.run, arguments.resume)) {
    refuse("--output", arguments.run, anew);
  }
  if (!arguments.dataset.empty() && !same_folder(arguments.dataset, options.dataset)) {
    refuse("DATASET", arguments.dataset,
           "leave it out; if the dataset moved: --set dataset=" + arguments.dataset);
  }
}

void require_dataset(const RunArguments& arguments, const RunOptions& options) {
  if (is_there(fs::path(options.dataset) / "dataset.json")) return;
  fail(ErrorCode::kIo, {.what = "the dataset of this run is not there",
                        .where = options.dataset,
                        .expected = "a folder with dataset.json",
                        .remedy = "if it moved, say where to, once: medcl " + arguments.verb +
                                  " --resume " + arguments.resume + " --set dataset=NEW_PLACE"});
}

TrainingHooks hooks_for_terminal(std::unique_ptr<Progress>& line, const std::string& activity) {
  TrainingHooks hooks;
  hooks.on_prepare = [&line](std::int64_t done, std::int64_t total) {
    if (remembered_signal() != 0) {
      fail(ErrorCode::kInterrupted, {.what = "stopped before the first step"});
    }
    if (!line) line = std::make_unique<Progress>(total, "preparing", "case");
    line->update(done);
    if (done == total) line.reset();
  };
  hooks.on_note = note;
  hooks.on_step = [&line, activity](const StepReport& report, const StepProgress& progress) {
    if (!line) line = std::make_unique<Progress>(progress.planned_steps, activity, "step");
    line->set_total(progress.planned_steps);
    line->update(report.step, loss_text(report, progress));
  };
  hooks.on_validation = print_validation;
  hooks.stop_requested = [] { return remembered_signal() != 0; };
  return hooks;
}

}  // namespace

void add_run_arguments(CLI::App& verb, RunArguments& arguments, const OptionTable& table) {
  verb.add_option("dataset", arguments.dataset, "Folder of the dataset");
  verb.add_option("-o,--output", arguments.run, "Run folder to create");
  std::vector<std::string> presets = preset_names();
  if (arguments.kind == RunKind::kTraining) presets.insert(presets.begin(), kAutoPreset);
  verb.add_option("--preset", arguments.preset, "Options to start from")
      ->check(CLI::IsMember(presets));
  verb.add_option("--config", arguments.config, "TOML file, applied over the preset");
  arguments.flags.add_to(verb, table);
  verb.add_option("--cache", arguments.cache, "Folder of prepared cases (default: in the run)");
  verb.add_option("--resume", arguments.resume, "Run folder to go on with");
  verb.add_flag("--accept-changes", arguments.accept_changes,
                "With --resume: go on although the data changed; earlier scores do not count");
}

void take_options(const RunArguments& arguments, RunOptions& options,
                  const std::function<void()>& resolve, const std::function<void()>& of_run) {
  if (!arguments.goes_on()) {
    check_new_run(arguments);
    resolve();
    options.dataset = fs::absolute(arguments.dataset).lexically_normal().string();
  } else {
    require_run_folder(arguments.resume, arguments.kind);
    of_run();
    refuse_what_a_run_keeps(arguments, options);
    require_dataset(arguments, options);
    require_apart(arguments.resume, options.dataset, "--output");
  }
  require_apart(arguments.cache_folder(), options.dataset, "--cache");
  if (!arguments.cache.empty()) require_own_folder(arguments.cache, "--cache");
}

bool run_in_terminal(const RunArguments& arguments, Program& program, const std::string& activity,
                     const std::function<TrainingResult(TrainingHooks&)>& work,
                     TrainingResult& result) {
  std::unique_ptr<Progress> line;
  TrainingHooks hooks = hooks_for_terminal(line, activity);
  const fs::path run = arguments.run_folder();
  try {
    result = work(hooks);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted) throw;
    line.reset();
    print_unstarted(arguments.verb, run);
    program.exit_code = 128 + remembered_signal();
    return false;
  }
  line.reset();
  if (result.ending != Ending::kInterrupted) return true;
  print_interrupted(arguments.verb, result, run);
  program.exit_code = 128 + remembered_signal();
  return false;
}

}  // namespace medcl
