// SPDX-License-Identifier: Apache-2.0
// medcl experiment run: does what is left of a grid.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/console.h"
#include "app/experiment.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/running_program.h"
#include "medcl/core/threads.h"
#include "medcl/experiment/run_grid.h"
#include "medcl/experiment/store.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments : ExperimentArguments {
  std::int64_t jobs = 1, threads = 0;
  std::optional<std::size_t> only;
  bool retry = false, dry_run = false;
};

void print_plan(const Experiment& experiment) {
  Table table{"", {"run", "number"}, {}, 1};
  for (const GridRun& run : expand_grid(experiment)) {
    table.rows.push_back({run.id, std::to_string(run.number)});
  }
  print_table(table);
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
  hooks.on_progress = [&line, work](const GridProgress& now) {
    line.update(std::llround(now.share * static_cast<double>(work)),
                std::to_string(now.done + now.failed) + " of " + std::to_string(now.runs) +
                    " runs ended" + (now.active.empty() ? "" : ", " + now.active));
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

void run_experiment(const Arguments& arguments) {
  const Experiment experiment = experiment_of(arguments);
  if (arguments.dry_run) {
    print_plan(experiment);
    return;
  }
  const fs::path folder = folder_of(arguments);
  require_own_folder(folder, "--output");
  keep_description(arguments, folder);
  remember_signals();
  const std::int64_t cores = threads_or_all(0);
  const GridOptions options{.program = this_program(),
                            .jobs = arguments.jobs,
                            .threads = arguments.threads > 0
                                           ? arguments.threads
                                           : std::max<std::int64_t>(1, cores / arguments.jobs),
                            .only = arguments.only,
                            .retry = arguments.retry};
  const std::int64_t work =
      total_work(experiment, arguments.only ? 1 : expand_grid(experiment).size());
  Progress line(work, experiment.steps > 0 ? "steps" : "seconds of training");
  const GridProgress end = run_grid(experiment, folder, options, hooks_for_terminal(line, work));
  line.finish();
  std::printf("%zu runs done, %zu failed\n", end.done, end.failed);
  if (end.failed > 0) {
    std::printf("why: medcl experiment status %s -o %s\nagain: the same command with --retry\n",
                arguments.file.c_str(), folder.c_str());
  }
  std::printf("next: medcl experiment report %s -o %s\n", arguments.file.c_str(), folder.c_str());
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
  verb->add_option("--only", arguments->only, "Only the run of this number (see --dry-run)");
  verb->add_flag("--retry", arguments->retry, "Also the runs that failed before");
  verb->add_flag("--dry-run", arguments->dry_run, "Print the runs and their numbers, do nothing");
  verb->footer(
      "Killed or stopped, the same command goes on. Several machines with one\n"
      "folder on a shared disk may work at once: each takes runs that no other has.\n"
      "Examples:\n"
      "  medcl experiment run configs/experiments/table1-phantom.toml --jobs 2\n"
      "  medcl experiment run table1.toml --dataset mscmr=data/mscmr -o runs/t1\n"
      "  medcl experiment run configs/experiments/table1-phantom.toml --only 3");
  verb->callback([arguments, &program] {
    try {
      run_experiment(*arguments);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      note("stopped; everything is saved. The same command goes on");
      program.exit_code = 128 + remembered_signal();
    }
  });
}

}  // namespace medcl
