// SPDX-License-Identifier: Apache-2.0
// medcl experiment run: does what is left of a grid.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>

#include "app/command_line.h"
#include "app/console.h"
#include "app/experiment.h"
#include "app/experiment_check.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/counted.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/running_program.h"
#include "medcl/core/threads.h"
#include "medcl/experiment/check_grid.h"
#include "medcl/experiment/run_grid.h"
#include "medcl/experiment/store.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments : ExperimentArguments {
  std::int64_t jobs = 1, threads = 0;
  std::optional<std::int64_t> only;
  bool retry = false, dry_run = false;
};

/// "4 runs of 15:00 min each: 1:00 h of training one after the other, 30:00 min with --jobs 2".
std::string size_of_grid(const Experiment& experiment, std::size_t runs, std::int64_t jobs) {
  const std::string text = counted(runs, "run") + " of ";
  if (experiment.steps > 0) return text + std::to_string(experiment.steps) + " steps each";
  const double each = 60 * experiment.minutes;
  const auto rounds = (runs + static_cast<std::size_t>(jobs) - 1) / static_cast<std::size_t>(jobs);
  return text + duration_text(each) +
         " each: " + duration_text(each * static_cast<double>(rounds)) +
         " of training with --jobs " + std::to_string(jobs) + ", and prediction and evaluation";
}

/// "each 1200 to 1500 steps, as measured on ..."; empty where minutes are minutes.
std::string calibration_text(const Experiment& experiment) {
  if (experiment.minutes == 0 || experiment.calibration.rows.empty()) return "";
  std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = 0;
  for (const GridRun& run : expand_grid(experiment)) {
    least = std::min(least, run.steps);
    most = std::max(most, run.steps);
  }
  return number_text(experiment.minutes, 1) + " minutes are " + std::to_string(least) + " to " +
         std::to_string(most) + " steps, as measured on " + experiment.calibration.machine +
         " with " + counted(static_cast<std::size_t>(experiment.calibration.threads), "thread");
}

/// Before anything is written.
void require_sound(const Experiment& experiment, const fs::path& folder, RunPlace place) {
  if (place == RunPlace::kHere) require_folders(experiment);
  const GridDatasets datasets = described_datasets(experiment, folder);
  require_sound_settings(experiment, datasets, place);
  require_runnable(experiment, datasets);
}

void print_plan(const Experiment& experiment, const Arguments& arguments) {
  const fs::path folder = folder_of(arguments);
  const KnownData known = known_data(experiment, folder);
  require_sound(experiment, folder, RunPlace::kElsewhere);
  const std::vector<GridRun> runs = expand_grid(experiment, known.digests);
  const ResultStore store(folder);
  Table table{"", {"run", "number"}, {}, 1};
  std::size_t left = 0;
  for (const GridRun& run : runs) {
    const bool has_result = store.contains(run.id);
    if (!has_result) ++left;
    table.rows.push_back(
        {run.id + (has_result ? " (has a result)" : ""), std::to_string(run.number)});
  }
  print_table(table);
  print_wrapped(size_of_grid(experiment, runs.size(), arguments.jobs) +
                (left == runs.size() ? "" : "; without a result: " + std::to_string(left)));
  if (const std::string text = calibration_text(experiment); !text.empty()) print_wrapped(text);
  for (const std::string& one : known.absent) {
    warn(one + ". Its cases and classes were not checked, and ids lack the digits of its data");
  }
  for (const std::string& one : results_of_other_data(runs, store)) warn(one);
}

/// Whoever finds the folder later can read what was done in it.
void keep_description(const Arguments& arguments, const fs::path& folder) {
  make_folders(folder);
  const std::vector<std::uint8_t> text = read_file(arguments.file);
  write_atomically(folder / "experiment.toml", text);
}

/// What the line of progress counts: steps, or seconds where runs have their time.
std::int64_t total_work(const Experiment& experiment, std::size_t runs) {
  const double each =
      experiment.steps > 0 ? static_cast<double>(experiment.steps) : 60 * experiment.minutes;
  return std::llround(each * static_cast<double>(runs));
}

GridHooks hooks_for_terminal(Progress& line, std::int64_t work) {
  GridHooks hooks;
  hooks.on_note = note;
  hooks.on_warning = warn;
  hooks.on_progress = [&line, work](const GridProgress& now) {
    line.update(std::llround(now.share * static_cast<double>(work)),
                std::to_string(now.done + now.failed) + " of " + counted(now.runs, "run") +
                    " ended" + (now.active.empty() ? "" : ", " + now.active));
  };
  hooks.on_end = [](const GridRun& run, const std::string& failure) {
    if (failure.empty()) {
      note("done: " + run.id);
    } else {
      warn("failed: " + run.id + ": " + failure);
    }
  };
  hooks.stop_requested = [] { return remembered_signal() != 0; };
  return hooks;
}

/// All failed: nobody may take that for a success. Some failed: their rows say why.
int print_end(const Arguments& arguments, const GridProgress& end) {
  std::printf("%s done, %zu failed\n", counted(end.done, "run").c_str(), end.failed);
  if (end.failed > 0) {
    print_command("why", command_of("status", arguments));
    std::printf("again: the same command with --retry\n");
  }
  if (end.done == 0) {
    warn("no run has a result: all failed");
    return static_cast<int>(ErrorCode::kFailure);
  }
  if (end.failed > 0) {
    warn(std::to_string(end.failed) + " of " + counted(end.runs, "run") +
         " failed: their rows stand in the report with the reason");
  }
  print_command("next", command_of("report", arguments));
  return 0;
}

int run_experiment(const Arguments& arguments) {
  const Experiment experiment = experiment_of(arguments);
  if (arguments.dry_run) {
    print_plan(experiment, arguments);
    return 0;
  }
  const fs::path folder = folder_of(arguments);
  require_sound(experiment, folder, RunPlace::kHere);
  keep_description(arguments, folder);
  remember_signals();
  if (const std::string text = calibration_text(experiment); !text.empty()) note(text);
  const std::int64_t cores = threads_or_all(0);
  const GridOptions options{
      .program = this_program(),
      .jobs = arguments.jobs,
      .threads = arguments.threads > 0 ? arguments.threads
                                       : std::max<std::int64_t>(1, cores / arguments.jobs),
      .only = arguments.only ? std::optional<std::size_t>(*arguments.only) : std::nullopt,
      .retry = arguments.retry};
  const std::int64_t work =
      total_work(experiment, arguments.only ? 1 : expand_grid(experiment).size());
  Progress line(work, experiment.steps > 0 ? "steps" : "seconds of training");
  GridHooks hooks = hooks_for_terminal(line, work);
  hooks.check = [&](const GridDatasets& datasets) {
    require_sound_settings(experiment, datasets, RunPlace::kHere);
  };
  const GridProgress end = run_grid(experiment, folder, options, hooks);
  line.finish();
  return print_end(arguments, end);
}

}  // namespace

void add_experiment_run(CLI::App& parent, Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = parent.add_subcommand("run", "Do the runs of a grid that are not done yet");
  add_experiment_arguments(*verb, *arguments);
  verb->add_option("--jobs", arguments->jobs, "Runs at a time; the cores are divided among them")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--threads", arguments->threads,
                   "Compute threads of each run (default: the cores divided by --jobs)")
      ->check(CLI::Range(0, 1024));
  verb->add_option("--only", arguments->only, "Only the run of this number (see --dry-run)")
      ->check(CLI::Range(0, 1000000));
  verb->add_flag("--retry", arguments->retry, "Also the runs that failed before");
  verb->add_flag(
      "--dry-run", arguments->dry_run,
      "Check the file, print the runs, their numbers and the time they take; do nothing");
  verb->footer(
      "Killed or stopped, the same command goes on. Several machines with one\n"
      "folder on a shared disk may work at once: each takes runs that no other has.\n"
      "What the file says is checked before the first run. A run that fails is a row\n"
      "with its reason (exit code 0); where all failed the exit code is 1.\n"
      "Examples:\n"
      "  medcl experiment run configs/experiments/table1-phantom.toml --jobs 2\n"
      "  medcl experiment run table1.toml --dataset mscmr=data/mscmr -o runs/t1\n"
      "  medcl experiment run configs/experiments/table1-phantom.toml --only 3");
  verb->callback([arguments, &program] {
    try {
      program.exit_code = run_experiment(*arguments);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      note("stopped; everything is saved. The same command goes on");
      program.exit_code = 128 + remembered_signal();
    }
  });
}

}  // namespace medcl
