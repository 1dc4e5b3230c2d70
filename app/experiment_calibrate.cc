// SPDX-License-Identifier: Apache-2.0
// medcl experiment calibrate: what a step of each row takes, so that minutes can be steps.

#include <memory>

#include "app/command_line.h"
#include "app/console.h"
#include "app/experiment.h"
#include "app/experiment_check.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/running_program.h"
#include "medcl/core/threads.h"
#include "medcl/experiment/calibrate.h"
#include "medcl/experiment/check_grid.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments : ExperimentArguments {
  std::int64_t threads = 0;
  double seconds = 45;
};

void print_rows(const Experiment& experiment, const Calibration& calibration) {
  Table table{
      "", {"row", "ms per step", "steps in " + number_text(experiment.minutes, 1) + " min"}, {}, 1};
  for (const auto& [row, speed] : calibration.rows) {
    table.rows.push_back({row, number_text(1000 * speed.seconds_per_step, 1),
                          number_text(60 * experiment.minutes / speed.seconds_per_step, 0)});
  }
  print_table(table);
}

int run_calibrate(const Arguments& arguments) {
  const Experiment experiment = experiment_of(arguments);
  const fs::path folder = folder_of(arguments);
  require_folders(experiment);
  require_sound_settings(experiment, described_datasets(experiment, folder), RunPlace::kHere);
  make_folders(folder);
  remember_signals();
  const auto stop_requested = [] { return remembered_signal() != 0; };
  const GridDatasets datasets = ready_datasets(experiment, folder, note, [&] {
    if (stop_requested()) fail(ErrorCode::kInterrupted, {.what = "stopped"});
  });
  const CalibrateOptions options{.program = this_program(),
                                 .threads = threads_or_all(arguments.threads),
                                 .seconds = arguments.seconds};
  Progress line(0, "rows measured");
  const CalibrateHooks hooks{.on_row = [](const GridRun&, double) {},
                             .on_progress =
                                 [&](std::size_t row, std::size_t rows) {
                                   line.set_total(static_cast<std::int64_t>(rows));
                                   line.update(static_cast<std::int64_t>(row));
                                 },
                             .stop_requested = stop_requested};
  const Calibration calibration = calibrate(experiment, datasets, folder, options, hooks);
  line.finish();
  print_rows(experiment, calibration);
  print_wrapped("measured on " + calibration.machine + ", with --threads " +
                std::to_string(calibration.threads) + ": " + calibration_file(folder).string());
  print_command("next", command_of("run", arguments));
  return 0;
}

}  // namespace

void add_experiment_calibrate(CLI::App& parent, Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = parent.add_subcommand(
      "calibrate", "Measure what a step of each row takes: minutes become steps");
  add_experiment_arguments(*verb, *arguments);
  verb->add_option("--threads", arguments->threads,
                   "Compute threads of each training (default: all cores)")
      ->check(CLI::Range(0, 1024));
  verb->add_option("--seconds", arguments->seconds, "How long each row is trained (default: 45)")
      ->check(CLI::Range(1.0, 3600.0));
  verb->footer(
      "With FOLDER/calibration.json, run gives every row the steps that fit into its\n"
      "minutes on this machine with nothing else at work. Such runs can be repeated\n"
      "to the bit, run several at a time or anywhere else, and are compared fairly.\n"
      "Without the file a run ends by the clock. Measured rows are kept; remove the\n"
      "file to measure anew.\n"
      "Example:\n"
      "  medcl experiment calibrate configs/experiments/table1-phantom.toml");
  verb->callback([arguments, &program] {
    try {
      program.exit_code = run_calibrate(*arguments);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      note("stopped; rows that were measured are saved. The same command goes on");
      program.exit_code = 128 + remembered_signal();
    }
  });
}

}  // namespace medcl
