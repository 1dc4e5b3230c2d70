// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/run_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/test_folder.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/experiment/run_job.h"
#include "medcl/experiment/store.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

const std::string kText = R"toml(
[grid]
methods = ["good", "bad", "better"]
scribbles = [1]
[run]
preset = "phantom"
steps = 4
evaluate = "test"
[dataset.hearts]
phantom.size = 48
phantom.slices = 2
phantom.scribbled = 2
phantom.unlabelled = 0
phantom.validation = 1
phantom.test = 1
)toml";

/// Stands for medcl: leaves what the three verbs would leave.
constexpr const char* kProgram = R"bash(#!/bin/bash
here=$(dirname "$0")
echo "$*" >>"$here/calls"
verb=$1
while (($# > 0)); do
  case $1 in -o | --resume) target=$2 ;; method.name=bad) bad=yes ;; esac
  shift
done
case $verb in
  train)
    [[ -n $bad ]] && { echo "medcl train: this is bad" >&2; exit 2; }
    mkdir -p "$target/best"
    echo 'x = 1' >"$target/config.toml"
    echo '{"step":2,"seconds":3.0,"loss":{"total":1.0}}' >"$target/metrics.jsonl"
    echo '{"step":2,"seconds":6.0,"validation":{"dice":{"RV":0.5},"mean":0.5}}' >>"$target/metrics.jsonl"
    echo '{"method":"good","training":{"images":[1]}}' >"$target/best/model.json"
    [[ -e $here/slow ]] && { sleep 20 & wait; } ;;
  predict)
    mkdir -p "$target"
    echo '{"postprocessing":"none","seconds":2.5}' >"$target/prediction.json" ;;
  evaluate) cp "$here/summary.json" "$target" ;;
esac
exit 0
)bash";

class RunGrid : public testing::Test {
 protected:
  RunGrid() : experiment(parse_experiment(kText, "t")) {
    std::ofstream(program()) << kProgram;
    fs::permissions(program(), fs::perms::owner_all);
    CaseResult one{.id = "phantom_004"};
    one.classes = {{.dice = 0.4}, {.dice = 0.5}, {.dice = 0.6}};
    const LabelMap labels{.classes = {{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}};
    write_summary(folder / "summary.json", summarise({one}, labels, {}));
    options = {.program = program(), .jobs = 2, .threads = 1};
    hooks.on_note = [](const std::string&) {};
    hooks.on_warning = [this](const std::string& text) { warnings.push_back(text); };
    hooks.on_progress = [this](const GridProgress& now) { last = now; };
    hooks.on_end = [this](const GridRun& run, const std::string&) { ended.push_back(run.method); };
    hooks.stop_requested = [this] { return stop; };
  }

  [[nodiscard]] fs::path program() const { return folder / "program"; }
  [[nodiscard]] fs::path place() const { return folder / "grid"; }
  GridProgress run() { return run_grid(experiment, place(), options, hooks); }
  [[nodiscard]] std::vector<GridRun> runs() const {
    return expand_grid(experiment, known_data(experiment, place()).digests);
  }
  [[nodiscard]] fs::path data() const { return dataset_place(experiment, place(), "hearts"); }

  std::vector<std::string> calls() const {
    std::ifstream file(folder / "calls");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  TestFolder folder;
  Experiment experiment;
  GridOptions options;
  GridHooks hooks;
  GridProgress last;
  std::vector<std::string> ended, warnings;
  bool stop = false;
};

TEST_F(RunGrid, AFailedRunIsAResultAndTheOthersGoOn) {
  const GridProgress end = run();
  EXPECT_EQ(end.done, 2U);
  EXPECT_EQ(end.failed, 1U);
  EXPECT_THAT(ended, testing::UnorderedElementsAre("good", "bad", "better"));
  const auto results = ResultStore(place()).read_all(runs());
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[1].failure, "train: this is bad");
  EXPECT_EQ(results[0].scores.at("").summary.cases[0].classes[2].dice, 0.6);
  EXPECT_EQ(results[0].scores.at("").postprocessing, "none");
  EXPECT_EQ(results[0].course, (std::vector<std::pair<double, double>>{{0.1, 0.5}}));
  EXPECT_EQ(results[0].scribbled.size(), 1U);
  EXPECT_FALSE(results[0].model["training"].contains("images"));
  EXPECT_EQ(calls().size(), 3U + 1 + 3);
}

TEST_F(RunGrid, WhatIsDoneIsNotDoneAgainAndFailuresOnlyWhenAsked) {
  run();
  const std::size_t before = calls().size();
  run();
  EXPECT_EQ(calls().size(), before);
  options.retry = true;
  run();
  EXPECT_EQ(calls().size(), before + 1);
}

void append_byte(const fs::path& file) { std::ofstream(file, std::ios::app) << 'x'; }

/// Some file of a folder.
fs::path one_of(const fs::path& folder) { return fs::directory_iterator(folder)->path(); }

TEST_F(RunGrid, RunsOfOtherDataAreDoneAnewAndThoseOfBeforeAreLeftAlone) {
  run();
  const std::vector<GridRun> before = runs();
  const std::size_t calls_before = calls().size();
  EXPECT_TRUE(warnings.empty());
  append_byte(one_of(data() / "labelsTr"));
  const GridProgress end = run();
  EXPECT_EQ(end.done, 2U);
  EXPECT_EQ(calls().size(), 2 * calls_before);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0],
              testing::HasSubstr("hearts: 3 results of data " + short_digest(before[0].data)));
  EXPECT_THAT(warnings[0], testing::HasSubstr(short_digest(runs()[0].data)));
  EXPECT_NE(runs()[0].data, before[0].data);
  EXPECT_EQ(runs()[0].plan, before[0].plan);
  const ResultStore store(place());
  EXPECT_EQ(store.read(before[0].id).data, before[0].data);
  EXPECT_EQ(store.read(runs()[0].id).data, runs()[0].data);
}

TEST_F(RunGrid, RunsWithOtherWeightsAreOtherRuns) {
  const fs::path weights = folder / "weights.pth";
  std::ofstream(weights) << "one";
  experiment.set = {"sam.checkpoint=" + weights.string()};
  run();
  const std::vector<GridRun> before = runs();
  std::ofstream(weights) << "two";
  EXPECT_NE(runs()[0].data, before[0].data);
  EXPECT_EQ(runs()[0].plan, before[0].plan);
  std::ofstream(weights) << "one";
  EXPECT_EQ(runs()[0].id, before[0].id);
}

TEST_F(RunGrid, DataThatIsPutBackHasItsResultsAgain) {
  run();
  const std::size_t before = calls().size();
  const fs::path file = one_of(data() / "imagesTr");
  const auto size = fs::file_size(file);
  append_byte(file);
  run();
  fs::resize_file(file, size);
  run();
  EXPECT_EQ(calls().size(), 2 * before);
}

TEST_F(RunGrid, ADatasetThatMovedKeepsItsResults) {
  run();
  fs::rename(data(), folder / "elsewhere");
  const std::vector<std::string> before = calls();
  Experiment moved = experiment;
  moved.dataset.at("hearts").folder = folder / "elsewhere";
  // The options of a phantom are in the plan; two folders of the same data are one.
  run_grid(moved, place(), options, hooks);
  const std::size_t first = calls().size() - before.size();
  fs::rename(folder / "elsewhere", folder / "again");
  moved.dataset.at("hearts").folder = folder / "again";
  run_grid(moved, place(), options, hooks);
  EXPECT_EQ(calls().size(), before.size() + first);
}

TEST_F(RunGrid, WithoutADatasetItsResultsSayWhichDataTheyAreOf) {
  run();
  const std::vector<GridRun> before = runs();
  fs::remove_all(data());
  EXPECT_EQ(runs()[0].id, before[0].id);
}

TEST_F(RunGrid, ResultsOfTwoDataAndNoDatasetAreRefusedNamingBoth) {
  run();
  const std::string first = short_digest(runs()[0].data);
  append_byte(one_of(data() / "labelsTs"));
  run();
  const std::string second = short_digest(runs()[0].data);
  fs::remove_all(data());
  try {
    (void)runs();
    FAIL() << "mixed";
  } catch (const Error& error) {
    for (const std::string& part : {first, second, std::string("--dataset hearts=FOLDER")}) {
      EXPECT_THAT(error.what(), testing::HasSubstr(part));
    }
  }
}

TEST_F(RunGrid, DataThatChangesWhileRunsAreAtWorkEndsThem) {
  options.jobs = 1;
  hooks.on_end = [this](const GridRun& run, const std::string&) {
    ended.push_back(run.method);
    if (ended.size() == 1) append_byte(one_of(data() / "labelsTr"));
  };
  EXPECT_THROW(run(), Error);
  EXPECT_EQ(ended.size(), 1U);
  EXPECT_EQ(run().done, 2U) << "the same command goes on, with what is there now";
}

TEST_F(RunGrid, MoreScribbledCasesThanThereAreAreRefusedBeforeTheFirstRun) {
  experiment.scribbles = {1, 3};
  try {
    run();
    FAIL() << "two cases are no three";
  } catch (const Error& error) {
    for (const char* part : {"grid.scribbles", "at most 2", "found 3"}) {
      EXPECT_THAT(error.what(), testing::HasSubstr(part));
    }
  }
  EXPECT_TRUE(calls().empty());
}

TEST_F(RunGrid, APublishedClassThatThereIsNotIsRefusedBeforeTheFirstRun) {
  experiment.published["good"].values["Rv"] = 0.5;
  try {
    run();
    FAIL() << "the class is RV";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("published.good.Rv"));
    EXPECT_THAT(error.what(), testing::HasSubstr("'RV'"));
  }
  EXPECT_TRUE(calls().empty());
}

TEST_F(RunGrid, WhatTheProgramChecksIsCheckedBeforeTheFirstRun) {
  hooks.check = [](const GridDatasets& datasets) {
    EXPECT_EQ(datasets.size(), 1U);
    fail(ErrorCode::kUsage, {.what = "no such option"});
  };
  EXPECT_THROW(run(), Error);
  EXPECT_TRUE(calls().empty());
}

TEST_F(RunGrid, AFolderThatIsNotThereIsNamedAsItWasResolved) {
  experiment.dataset.at("hearts").folder = "no/such/folder";
  try {
    run();
    FAIL() << "no such folder";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(fs::absolute("no/such/folder").string()));
    EXPECT_THAT(error.what(), testing::HasSubstr("dataset.hearts.folder"));
    EXPECT_THAT(error.what(), testing::HasSubstr("--dataset hearts=FOLDER"));
  }
  EXPECT_EQ(known_data(experiment, place()).absent.size(), 1U) << "who only looks is told";
}

TEST_F(RunGrid, AStoppedRunGoesOnWithResume) {
  std::ofstream(folder / "slow") << "";
  options.only = 0;
  hooks.on_progress = [this](const GridProgress& now) {
    last = now;
    stop = now.share == 0.5;  // two of four steps
  };
  try {
    run();
    FAIL() << "not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInterrupted);
  }
  EXPECT_EQ(last.active.substr(last.active.rfind(' ', last.active.size() - 3)), " 50 %");
  EXPECT_FALSE(ResultStore(place()).contains(runs()[0].id));
  fs::remove(folder / "slow");
  stop = false;
  hooks.on_progress = [](const GridProgress&) {};
  EXPECT_EQ(run().done, 1U);
  const auto lines = calls();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[1], testing::HasSubstr("--resume"));
}

TEST_F(RunGrid, ARunThatAnotherProcessHasIsLeftToIt) {
  const GridRun first = expand_grid(experiment)[0];
  const JobSetting setting{experiment, place(), program(), 1};
  const Dataset dataset;
  const RunJob held(setting, first, dataset);
  EXPECT_THROW(RunJob(setting, first, dataset), Error);
}

TEST_F(RunGrid, MissingCasesAreAFailureWithItsReason) {
  write_summary(folder / "summary.json",
                summarise({}, {.classes = {{"background", 0}, {"RV", 1}}}, {}));
  options.only = 0;
  EXPECT_EQ(run().failed, 1U);
  EXPECT_THAT(ResultStore(place()).read(runs()[0].id).failure, testing::HasSubstr("other cases"));
}

TEST_F(RunGrid, NamesTheRunsThatThereAre) {
  options.only = 3;
  EXPECT_THROW(run(), Error);
}

}  // namespace
}  // namespace medcl
