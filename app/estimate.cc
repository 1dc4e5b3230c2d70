// SPDX-License-Identifier: Apache-2.0
// medcl estimate: how good a cross-validation's models are where no dense labels exist.

#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/console.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/memory.h"
#include "medcl/core/shell_word.h"
#include "medcl/core/threads.h"
#include "medcl/dataset/case_files.h"
#include "medcl/format/json_text.h"
#include "medcl/model/network_threads.h"
#include "medcl/quality/estimate_json.h"
#include "medcl/run/run_lock.h"
#include "medcl/task/fold_quality.h"
#include "medcl/task/resume.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string run, dataset;
  std::int64_t cases = 24;
  int threads = 0;
  bool json = false;
  PredictOptions options;
};

/// The run of folds that `run` is one fold of; empty when it is none.
fs::path run_around(const fs::path& run) {
  fs::path whole = fs::absolute(run / "").lexically_normal().parent_path().parent_path();
  if (!has_folds(whole)) return {};
  for (std::size_t n = 0; n < read_folds(whole).folds.size(); ++n) {
    std::error_code unknown;
    if (fs::equivalent(fold_folder(whole, n), run, unknown)) return whole;
  }
  return {};
}

void require_folds(const fs::path& run) {
  if (has_folds(run)) return;
  if (!is_there(run)) fail(ErrorCode::kIo, {.what = "no such run", .where = run.string()});
  if (const fs::path whole = run_around(run); !whole.empty()) {
    const std::string shown = whole.lexically_proximate(fs::current_path()).string();
    fail(ErrorCode::kUsage,
         {.what = "this is one fold of a run: an estimate is made of all of them",
          .where = run.string(),
          .expected = "the folder of the run",
          .found = "",
          .remedy = "medcl estimate " + shell_word(shown)});
  }
  fail(ErrorCode::kUsage,
       {.what = "this run has no folds: nothing in it was hidden from its model",
        .where = run.string(),
        .expected = "a run of several folds, each of which left out some scribbled cases",
        .remedy = "train one: medcl train DATASET -o RUN --folds 5; or where dense masks exist, "
                  "medcl predict and medcl evaluate"});
}

Dataset dataset_of(const Arguments& arguments, const RunOptions& options) {
  const std::string folder = arguments.dataset.empty() ? options.dataset : arguments.dataset;
  if (!is_there(fs::path(folder) / "dataset.json")) {
    fail(ErrorCode::kIo, {.what = "the dataset of this run is not there",
                          .where = folder,
                          .expected = "a folder with dataset.json",
                          .remedy = "say where it is: --dataset FOLDER"});
  }
  Dataset dataset = read_dataset(folder);
  require_sound_listing(dataset);
  return dataset;
}

std::vector<DiceEstimate> estimate(const Arguments& arguments, Json& record) {
  const RunOptions options = options_as_written(arguments.run);
  const Dataset dataset = dataset_of(arguments, options);
  const FoldList list = read_folds(arguments.run);
  const std::string changes = changes_since_folds(dataset, arguments.run, list);
  if (!changes.empty()) {
    warn("the data changed since the folds were trained (" + changes +
         "): the estimate is of models of the data before. Put them back, or train anew");
  }
  Ensemble models(
      model_places(arguments.run),
      [&](LoadedModel& model) { move_for_prediction(*model.network, arguments.options); },
      available_memory_bytes().value_or(INT64_MAX));
  const NetworkThreads threads(models.network(0),
                               type_of(settled_precision(arguments.options.precision, torch::kCPU)),
                               threads_or_all(arguments.threads));
  const auto unseen = unseen_cases(dataset, list, options.train.scribbled,
                                   static_cast<std::size_t>(arguments.cases));
  Progress line(0, "estimating", "case");
  const FoldEvidence evidence = gather_evidence(dataset, list, unseen, models, arguments.options,
                                                [&](std::int64_t done, std::int64_t total) {
                                                  stop_if_asked();
                                                  line.set_total(total);
                                                  line.update(done);
                                                });
  line.finish();
  std::vector<DiceEstimate> classes;
  for (const ClassEvidence& one : evidence.classes) {
    classes.push_back(estimate_dice(one));
    if (evidence.seen_by_others && classes.back().remark.empty()) {
      classes.back().remark = "too high, perhaps: every case taught some of the models";
    }
  }
  record = estimate_to_json(classes);
  record["models"] = models.size();
  for (std::size_t n = 0; n < models.size(); ++n) {
    record["model_sha256"].push_back(models.hash(n));
  }
  record["agreement_cases"] = evidence.cases;
  if (!changes.empty()) record["data_changes"] = changes;
  return classes;
}

std::string interval_text(const DiceEstimate& one) {
  return number_text(one.low, 2) + " to " + number_text(one.high, 2);
}

void print_estimates(const std::vector<DiceEstimate>& classes, const Json& record) {
  char title[32];
  std::snprintf(title, sizeof title, "%.0f %% interval", 100 * kNominalCoverage);
  Table table{"",
              {"class", "estimated Dice", title, "agreement", "size ratio", "strokes found",
               "claims right"},
              {},
              1};
  for (const DiceEstimate& one : classes) {
    table.rows.push_back({one.name, number_text(one.dice, 3), interval_text(one),
                          number_text(one.agreement, 3), number_text(one.size.ratio(), 2),
                          number_text(one.strokes.recall(), 3),
                          number_text(one.strokes.precision(), 3)});
  }
  const DiceEstimate mean = mean_estimate(classes);
  table.rows.push_back(
      {"mean", number_text(mean.dice, 3), interval_text(mean), "-", "-", "-", "-"});
  print_table(table);
  for (const DiceEstimate& one : classes) {
    if (!one.remark.empty()) print_wrapped(one.name + ": " + one.remark);
  }
  if (!mean.remark.empty()) print_wrapped("mean: " + mean.remark);
  print_wrapped(
      "agreement: mean Dice between the models of the " +
      std::to_string(record.at("models").get<std::int64_t>()) + " folds on " +
      std::to_string(record.at("agreement_cases").size()) +
      " cases; strokes: of cases that the fold did not learn from, found by its model, and "
      "the share of what it claims there that is right");
  for (const std::string& sentence : limits_of_estimates()) print_wrapped(sentence);
}

void run_estimate(const Arguments& arguments) {
  require_folds(arguments.run);
  remember_signals();
  const LibtorchThreads libtorch(threads_or_all(arguments.threads));
  const RunLock lock(arguments.run);
  Json record;
  const std::vector<DiceEstimate> classes = estimate(arguments, record);
  const fs::path file = fs::path(arguments.run) / "estimate.json";
  write_json(file, record);
  if (arguments.json) {
    std::printf("%s\n", json_text(record, 2).c_str());
    return;
  }
  print_estimates(classes, record);
  std::printf("%s\n", file.c_str());
}

}  // namespace

void add_estimate(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("predict"));
  CLI::App* verb = program.app.add_subcommand(
      "estimate", "Estimate Dice per class without dense labels, from a run of folds");
  verb->add_option("run", arguments->run, "Run folder of medcl train --folds; gets estimate.json")
      ->required();
  verb->add_option("--dataset", arguments->dataset, "Where the dataset of the run is now");
  verb->add_option("--cases", arguments->cases,
                   "At most so many cases without strokes, on which the models are compared")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verb->add_option("--threads", arguments->threads, "Compute threads (default: all cores)")
      ->check(CLI::Range(0, kMostThreads));
  for (const char* name : {"predict.batch", "predict.device", "predict.precision"}) {
    add_flags(*verb, table, name, std::string(name).substr(8));
  }
  verb->add_flag("--json", arguments->json, "Print estimate.json instead of a table");
  verb->footer(
      "Examples:\n"
      "  medcl train mydata -o runs/c --folds 5 --time 10m\n"
      "  medcl estimate runs/c\n"
      "  medcl estimate runs/c --json > quality.json\n"
      "How it is made, and what it cannot know: docs/explanation/quality-without-truth.md");
  verb->callback([arguments] { run_estimate(*arguments); });
}

}  // namespace medcl
