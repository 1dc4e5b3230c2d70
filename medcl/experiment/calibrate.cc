// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/calibrate.h"

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "medcl/core/atomic_file.h"
#include "medcl/core/counted.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/running_program.h"
#include "medcl/core/threads.h"
#include "medcl/experiment/run_job.h"
#include "medcl/format/toml.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// "Intel(R) Xeon(R) Processor, 2 cores".
std::string machine_text() {
  std::ifstream file("/proc/cpuinfo");
  std::string name = "a processor without a name";
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    name = line.substr(colon + 2);
    break;
  }
  return name + ", " + counted(static_cast<std::size_t>(threads_or_all(0)), "core");
}

/// The first run of each row.
std::vector<GridRun> rows_of(const Experiment& experiment) {
  std::vector<GridRun> rows;
  std::set<std::string> seen;
  for (GridRun& run : expand_grid(experiment)) {
    if (seen.insert(run.row).second) rows.push_back(std::move(run));
  }
  return rows;
}

std::string text_of(const fs::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  return {bytes.begin(), bytes.end()};
}

std::int64_t validate_every(const fs::path& config_toml) {
  const auto values = values_in_toml(text_of(config_toml), config_toml.string());
  const auto found = values.find("train.validate_every");
  return found == values.end() ? 0 : std::stoll(found->second);
}

class Calibrator {
 public:
  Calibrator(const GridDatasets& datasets, const fs::path& folder, const CalibrateOptions& options,
             const CalibrateHooks& hooks)
      : datasets_(datasets), folder_(folder), options_(options), hooks_(hooks) {}

  double measured_s(GridRun run, const std::function<void()>& wait) const {
    // The later of two settings of a key counts.
    run.settings.insert(run.settings.end(),
                        {"train.steps=0", "train.time_s=" + std::to_string(options_.seconds)});
    const Dataset& dataset = datasets_.at(run.dataset);
    const fs::path place = folder_ / "calibration";
    fs::remove_all(place);
    make_folders(place);
    const fs::path train = place / "train";
    train_to_the_end(train_words(run, dataset, drawn_cases(dataset, run.scribbles, run.draw),
                                 folder_, train, options_.threads),
                     run, wait);
    const double step_s = seconds_per_step(text_of(train / "metrics.jsonl"),
                                           validate_every(train / "config.toml"), run.row);
    fs::remove_all(place);
    return step_s;
  }

 private:
  void train_to_the_end(const std::vector<std::string>& words, const GridRun& run,
                        const std::function<void()>& wait) const {
    const fs::path log = folder_ / "calibration" / "log.txt";
    RunningProgram program(options_.program, words, log);
    for (;;) {
      if (const auto end = program.ended()) {
        if (end->exit_code == 0) return;
        fail(ErrorCode::kInvalidData, {.what = "the training of a row failed",
                                       .where = run.row,
                                       .found = "exit code " + std::to_string(end->exit_code),
                                       .remedy = "see " + log.string()});
      }
      if (hooks_.stop_requested()) fail(ErrorCode::kInterrupted, {.what = "stopped"});
      wait();
    }
  }

  const GridDatasets& datasets_;
  const fs::path& folder_;
  const CalibrateOptions& options_;
  const CalibrateHooks& hooks_;
};

/// What is there, where it is of this machine and as many threads.
Calibration calibration_of_here(const fs::path& folder, std::int64_t threads) {
  Calibration known = read_calibration(folder);
  const std::string machine = machine_text();
  if (known.machine == machine && known.threads == threads) return known;
  return {.machine = machine, .threads = threads, .rows = {}};
}

}  // namespace

Calibration calibrate(const Experiment& experiment, const GridDatasets& datasets,
                      const fs::path& folder, const CalibrateOptions& options,
                      const CalibrateHooks& hooks) {
  if (experiment.minutes == 0) {
    fail(ErrorCode::kUsage, {.what = "nothing to calibrate: the budget is in steps",
                             .where = experiment.file + ": run",
                             .expected = "minutes",
                             .found = "steps"});
  }
  Calibration calibration = calibration_of_here(folder, options.threads);
  const Calibrator calibrator(datasets, folder, options, hooks);
  const std::vector<GridRun> rows = rows_of(experiment);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    RowSpeed& speed = calibration.rows[rows[n].row];
    if (speed.recipe != rows[n].recipe) {
      const double step_s = calibrator.measured_s(rows[n], [&] {
        hooks.on_progress(n, rows.size());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      });
      speed = {rows[n].recipe, step_s};
      write_calibration(folder, calibration);
    }
    hooks.on_row(rows[n], speed.seconds_per_step);
  }
  return calibration;
}

}  // namespace medcl
