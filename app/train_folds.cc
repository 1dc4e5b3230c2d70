// SPDX-License-Identifier: Apache-2.0
#include "app/train_folds.h"

#include <cstdio>

#include "app/console.h"
#include "app/run_summary.h"
#include "app/signals.h"
#include "app/table.h"
#include "app/train_text.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/names.h"
#include "medcl/core/shell_word.h"
#include "medcl/dataset/case_files.h"
#include "medcl/model/model_file.h"
#include "medcl/task/folds.h"
#include "medcl/task/resume.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected, const std::string& found,
                         const std::string& remedy) {
  fail(ErrorCode::kUsage,
       {.what = what, .where = where, .expected = expected, .found = found, .remedy = remedy});
}

void require_same_command(const RunArguments& arguments, const FoldList& list) {
  const std::string begun = "as the run in " + arguments.run + " began";
  const std::string anew = "start a new run in another folder (-o)";
  if (arguments.preset != list.preset) {
    refuse("--preset", "another preset", "'" + list.preset + "', " + begun, arguments.preset, anew);
  }
  if (arguments.config != list.config) {
    refuse("--config", "another configuration", "'" + list.config + "', " + begun, arguments.config,
           anew);
  }
}

bool is_begun(const fs::path& fold) { return is_there(fold / "config.toml"); }

bool are_all_begun(const FoldList& list, const fs::path& run) {
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    if (!is_begun(fold_folder(run, n))) return false;
  }
  return true;
}

/// False after a stop while cases were prepared. Where folds are to begin, they are checked before
/// the first of them does.
bool check_folds(const RunArguments& arguments, const RunOptions& options, const Dataset& dataset,
                 const FoldList& list, Program& program) {
  TrainingResult nothing;
  const auto work = [&](TrainingHooks& hooks) {
    require_every_class_in_folds(dataset, options, list, arguments.cache_folder(),
                                 hooks.on_prepare);
    return TrainingResult{};
  };
  return run_in_terminal(arguments, program, "preparing", work, nothing);
}

/// Of a new run what it was begun with, and of every run the options as they now count.
void keep_folder(const RunArguments& arguments, RunOptions& options, FoldList& list,
                 const std::optional<RunPlan>& plan, RunFolder& folder) {
  const fs::path run = arguments.run_folder();
  if (arguments.goes_on()) {
    RunOptions before = options_as_written(run);
    require_resumable(before.table(), options.table());
  } else {
    list.preset = arguments.preset;
    list.config = arguments.config;
    write_folds(run, list);
    if (plan) folder.keep_plan(plan->text);
  }
  folder.keep(options.table());
}

/// False after a stop.
bool train_fold(const RunArguments& arguments, const RunOptions& options, const Dataset& dataset,
                const std::optional<RunPlan>& plan, const fs::path& run, Program& program,
                TrainingResult& result) {
  const auto work = [&](TrainingHooks& hooks) {
    hooks.on_start = [&] { print_summary(dataset, options, plan); };
    const bool begun = is_begun(run);
    return train(dataset, options, run, arguments.cache_folder(),
                 {.resume = begun,
                  .accept_changes = begun && arguments.accept_changes,
                  .plan = begun || !plan ? "" : plan->text},
                 hooks);
  };
  try {
    return run_in_terminal(arguments, program, "training", work, result);
  } catch (const Error& error) {
    throw Error(error.code(), run.filename().string() + ": " + error.what());
  }
}

void print_folds(const fs::path& run, const FoldList& list,
                 const std::vector<TrainingResult>& results, const RunOptions& options) {
  Table table{"", {"fold", "validated on"}, {}, 2};
  const std::string& measure = results.front().measure;
  table.header.insert(table.header.end(), {"steps", "best step", measure});
  for (std::size_t n = 0; n < results.size(); ++n) {
    const std::vector<std::string>& ids = list.folds[n].validation;
    table.rows.push_back({std::to_string(n), join_names({ids.begin(), ids.end()}),
                          std::to_string(results[n].steps), std::to_string(results[n].best_step),
                          number_text(results[n].best_score, 3)});
  }
  print_table(table);
  if (measure == kStrokeDice) {
    print_wrapped(
        "stroke Dice: over the voxels that somebody drew, of cases that the fold did not learn "
        "from. It is no Dice of whole structures: medcl estimate " +
        shell_word(run.string()) + " estimates that");
  }
  for (std::size_t n = 0; n < results.size(); ++n) {
    if (!results[n].cut_short.empty()) {
      warn("fold " + std::to_string(n) + " has not learned what it could: " + results[n].cut_short);
    }
  }
  std::printf("next: medcl predict -m %s %s -o predictions   (the mean of all %zu models)\n",
              shell_word(run.string()).c_str(), what_to_predict(options.dataset).c_str(),
              results.size());
}

}  // namespace

void settle_fold_arguments(RunArguments& arguments, std::int64_t folds) {
  if (folds == 0) return;
  const fs::path run = arguments.run_folder();
  if (!has_folds(run)) {
    if (arguments.goes_on()) {
      refuse("--folds", "belongs to a new run", "medcl train DATASET -o RUN --folds N", "--resume",
             "leave it out: " + run.string() + " has no folds");
    }
    return;
  }
  const FoldList list = read_folds(run);
  if (folds != static_cast<std::int64_t>(list.folds.size())) {
    refuse("--folds", "the run has another number of folds", std::to_string(list.folds.size()),
           std::to_string(folds), "give that number, or start a new run in another folder (-o)");
  }
  if (arguments.goes_on() || !is_there(run / "config.toml")) return;
  require_same_command(arguments, list);
  arguments.resume = arguments.run;
  arguments.preset.clear();
  arguments.config.clear();
}

void train_folds(const RunArguments& arguments, RunOptions options, std::optional<RunPlan> plan,
                 std::int64_t folds, Program& program) {
  const Dataset dataset = read_dataset(options.dataset);
  require_sound_listing(dataset);
  settle_options(options, dataset);
  remember_signals();
  const fs::path run = arguments.run_folder();
  FoldList list = arguments.goes_on() ? read_folds(run) : plan_folds(dataset, options.train, folds);
  RunFolder folder = arguments.goes_on() ? RunFolder::open(run) : RunFolder::create(run);
  const bool all_begun = are_all_begun(list, run);
  if (!all_begun && !check_folds(arguments, options, dataset, list, program)) return;
  keep_folder(arguments, options, list, plan, folder);
  if (!all_begun && arguments.goes_on()) plan = plan_of_run(run, dataset, options);
  std::vector<TrainingResult> results(list.folds.size());
  for (std::size_t n = 0; n < list.folds.size(); ++n) {
    const std::vector<std::string>& ids = list.folds[n].validation;
    note("fold " + std::to_string(n) + " of 0.." + std::to_string(list.folds.size() - 1) +
         ", validating on " + join_names({ids.begin(), ids.end()}));
    const RunOptions own = options_of_fold(options, dataset, list, n);
    if (!train_fold(arguments, own, dataset, plan, fold_folder(run, n), program, results[n]))
      return;
  }
  print_folds(run, list, results, options);
}

}  // namespace medcl
