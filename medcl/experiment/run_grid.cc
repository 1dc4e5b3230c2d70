// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/run_grid.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <thread>

#include "medcl/core/error.h"
#include "medcl/core/joined.h"
#include "medcl/experiment/check_grid.h"
#include "medcl/experiment/run_job.h"
#include "medcl/experiment/store.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 3;
constexpr auto kPause = std::chrono::milliseconds(100);

void require_number(const Experiment& experiment, const GridOptions& options) {
  const std::size_t count = expand_grid(experiment).size();
  if (!options.only || *options.only < count) return;
  fail(ErrorCode::kUsage, {.what = "the experiment has no such run",
                           .where = "--only",
                           .expected = "0.." + std::to_string(count - 1),
                           .found = std::to_string(*options.only)});
}

/// The datasets, once nothing is left that is known to make runs fail.
GridDatasets sound_datasets(const Experiment& experiment, const fs::path& folder,
                            const GridOptions& options, const GridHooks& hooks,
                            const std::function<void()>& poll) {
  require_number(experiment, options);
  GridDatasets datasets = ready_datasets(experiment, folder, hooks.on_note, poll);
  require_runnable(experiment, datasets);
  if (hooks.check) hooks.check(datasets);
  return datasets;
}

std::vector<GridRun> wanted_runs(const Experiment& experiment, const GridOptions& options,
                                 const DataDigests& digests) {
  std::vector<GridRun> runs = expand_grid(experiment, digests);
  if (!options.only) return runs;
  return {runs[*options.only]};
}

[[noreturn]] void stop() { fail(ErrorCode::kInterrupted, {.what = "stopped"}); }

class GridWork {
 public:
  GridWork(const Experiment& experiment, const fs::path& folder, const GridOptions& options,
           const GridHooks& hooks)
      : setting_{experiment, folder, options.program, options.threads,
                 [this] { return same_data(); }},
        options_(options),
        hooks_(hooks),
        store_(folder),
        datasets_(sound_datasets(experiment, folder, options, hooks, [this] { poll(); })),
        data_(data_now(experiment, datasets_, folder, poll_and_tell())),
        runs_(wanted_runs(experiment, options, data_.digests)) {
    for (const std::string& one : results_of_other_data(runs_, store_)) {
      hooks.on_warning(
          one + ": these runs are done anew, and those results stay where they are" +
          (data_.changed.empty() ? "" : ". Changed: " + joined_up_to(kMostNamed, data_.changed)));
    }
    if (options.retry) forget_failures();
  }

  GridProgress work() {
    for (;;) {
      if (hooks_.stop_requested()) end_all();
      fill();
      jobs_.remove_if([this](RunJob& job) { return advance(job); });
      const GridProgress now = progress();
      hooks_.on_progress(now);
      if (now.done + now.failed == runs_.size()) return now;
      std::this_thread::sleep_for(kPause);
    }
  }

 private:
  void poll() const {
    if (hooks_.stop_requested()) stop();
  }

  /// poll() for what is long the first time, which is then told of.
  [[nodiscard]] std::function<void()> poll_and_tell() const {
    const auto begin = std::chrono::steady_clock::now();
    return [this, begin, told = false]() mutable {
      poll();
      if (told || std::chrono::steady_clock::now() - begin < std::chrono::seconds(1)) return;
      told = true;
      hooks_.on_note("reading all images and labels once, to know the data again");
    };
  }

  /// Somebody may draw on while runs are at work.
  [[nodiscard]] bool same_data() {
    try {
      const GridDatasets there = datasets_there(setting_.experiment, setting_.folder);
      const DataNow now = data_now(setting_.experiment, there, setting_.folder);
      if (!now.changed.empty()) changed_ = now.changed;
      return now.digests == data_.digests;
    } catch (const Error&) {  // files that are being replaced
      return false;
    }
  }

  void forget_failures() const {
    for (const GridRun& run : runs_) {
      if (store_.contains(run.id) && !store_.read(run.id).done()) store_.remove(run.id);
    }
  }

  [[nodiscard]] bool is_mine(const GridRun& run) const {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [&](const RunJob& job) { return job.run().id == run.id; });
  }

  void fill() {
    for (const GridRun& run : runs_) {
      if (static_cast<std::int64_t>(jobs_.size()) >= options_.jobs) return;
      if (store_.contains(run.id) || is_mine(run)) continue;
      try {
        jobs_.emplace_back(setting_, run, datasets_.at(run.dataset));
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kUsage) throw;
        continue;  // another process has it
      }
      // It may have ended between the look into the store and the lock.
      if (store_.contains(run.id)) {
        jobs_.pop_back();
      } else if (!same_data()) {
        jobs_.pop_back();
        end_for_other_data();
      }
    }
  }

  /// True when the job has ended.
  bool advance(RunJob& job) {
    if (!job.advance()) return false;
    hooks_.on_end(job.run(), job.failure());
    return true;
  }

  [[noreturn]] void end_for_other_data() {
    stop_jobs();
    fail(
        ErrorCode::kInvalidData,
        {.what = "a dataset of the experiment changed while runs were at work",
         .where = setting_.folder.string(),
         .found = joined_up_to(kMostNamed, changed_),
         .remedy = "the same command goes on with what is there then, and does anew what is not of "
                   "that data"});
  }

  [[noreturn]] void end_all() {
    stop_jobs();
    stop();
  }

  void stop_jobs() {
    for (RunJob& job : jobs_) job.interrupt();
    while (std::any_of(jobs_.begin(), jobs_.end(), [](RunJob& job) { return job.is_busy(); })) {
      std::this_thread::sleep_for(kPause);
    }
    for (RunJob& job : jobs_) job.advance();
  }

  GridProgress progress() {
    GridProgress now{.runs = runs_.size()};
    for (const GridRun& run : runs_) {
      if (!ended_.contains(run.id) && store_.contains(run.id)) {
        ended_[run.id] = store_.read(run.id).done();
      }
      const auto found = ended_.find(run.id);
      if (found != ended_.end()) ++(found->second ? now.done : now.failed);
    }
    now.share = static_cast<double>(now.done + now.failed);
    for (const RunJob& job : jobs_) {
      now.share += job.share();
      now.active += (now.active.empty() ? "" : ", ") + job.run().id + " " +
                    std::to_string(static_cast<int>(100 * job.share())) + " %";
    }
    now.share /= static_cast<double>(std::max<std::size_t>(1, runs_.size()));
    return now;
  }

  const JobSetting setting_;
  const GridOptions& options_;
  const GridHooks& hooks_;
  ResultStore store_;
  GridDatasets datasets_;
  DataNow data_;
  std::vector<std::string> changed_;  ///< since the start
  std::vector<GridRun> runs_;
  std::list<RunJob> jobs_;
  std::map<std::string, bool> ended_;  ///< by id: whether it is done
};

}  // namespace

GridProgress run_grid(const Experiment& experiment, const fs::path& folder,
                      const GridOptions& options, const GridHooks& hooks) {
  return GridWork(experiment, folder, options, hooks).work();
}

}  // namespace medcl
