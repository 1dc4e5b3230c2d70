// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/test_folder.h"
#include "medcl/experiment/calibrate.h"
#include "medcl/experiment/check_grid.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A log of `count` steps of `step_s`; after every `every`th a validation of `validation_s`. The
/// first step takes ten times as long.
std::string log_of(int count, double step_s, int every, double validation_s) {
  std::string text;
  double now_s = 0;
  const auto add = [&](int step, const std::string& what) {
    text += "{\"step\":" + std::to_string(step) + ",\"seconds\":" + std::to_string(now_s) + ",\"" +
            what + "\":{}}\n";
  };
  for (int step = 1; step <= count; ++step) {
    now_s += step == 1 ? 10 * step_s : step_s;
    add(step, "loss");
    if (step % every != 0) continue;
    now_s += validation_s;
    add(step, "validation");
  }
  return text;
}

TEST(SecondsPerStep, AreTheMedianStepAndItsShareOfAValidation) {
  EXPECT_NEAR(seconds_per_step(log_of(100, 0.5, 20, 4), 20, "log"), 0.5 + 4.0 / 20, 1e-5);
  EXPECT_NEAR(seconds_per_step(log_of(100, 0.5, 20, 4), 200, "log"), 0.5 + 4.0 / 200, 1e-5)
      << "what a training validates at, not what the log happens to";
  EXPECT_NEAR(seconds_per_step(log_of(30, 0.25, 1000, 4), 200, "log"), 0.25, 1e-5);
}

TEST(SecondsPerStep, OfALogThatWasCutOffAreThoseOfItsWholeLines) {
  EXPECT_NEAR(seconds_per_step(log_of(30, 0.25, 1000, 4) + "{\"step\":31,\"sec", 200, "log"), 0.25,
              1e-5);
}

TEST(SecondsPerStep, OfFewStepsAreRefused) {
  try {
    seconds_per_step(log_of(9, 0.5, 20, 4), 20, "hearts/pce");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_THAT(error.what(), HasSubstr("hearts/pce"));
    EXPECT_THAT(error.what(), HasSubstr("--seconds"));
  }
}

const std::string kText = R"toml(
[grid]
methods = ["pce", "medcl"]
scribbles = [1]
seeds = [1, 2]
[run]
preset = "phantom"
minutes = 2
evaluate = "test"
[dataset.hearts]
phantom.size = 48
phantom.slices = 2
phantom.scribbled = 2
phantom.unlabelled = 0
phantom.validation = 1
phantom.test = 1
)toml";

Experiment measured(double pce_s, double medcl_s) {
  Experiment experiment = parse_experiment(kText, "t.toml");
  for (const GridRun& run : expand_grid(experiment)) {
    experiment.calibration.rows[run.row] = {run.recipe, run.method == "pce" ? pce_s : medcl_s};
  }
  return experiment;
}

TEST(Calibration, MakesMinutesTheStepsThatFitIntoThem) {
  const std::vector<GridRun> runs = expand_grid(measured(0.5, 0.7));
  ASSERT_EQ(runs.size(), 4U);
  for (const GridRun& run : runs) {
    EXPECT_EQ(run.steps, run.method == "pce" ? 240 : 171);
    EXPECT_EQ(run.seconds, 0);
    EXPECT_THAT(run.settings, testing::Contains("train.steps=" + std::to_string(run.steps)));
    EXPECT_THAT(run.settings, testing::Contains("train.time_s=0.000000"));
  }
}

TEST(Calibration, OfARowIsOfItsSettings) {
  Experiment experiment = measured(0.5, 0.7);
  const std::vector<GridRun> runs = expand_grid(experiment);
  EXPECT_EQ(runs[0].recipe, runs[2].recipe) << "seeds share it";
  EXPECT_NE(expand_grid(measured(0.6, 0.7))[0].id, runs[0].id) << "other steps are other runs";
  experiment.set = {"network.width=8"};
  for (const GridRun& run : expand_grid(experiment)) {
    EXPECT_EQ(run.steps, 0) << "wider steps take longer";
    EXPECT_EQ(run.seconds, 120);
  }
  try {
    require_runnable(experiment, {});
    FAIL() << "two budgets in one table";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("hearts/pce"));
    EXPECT_THAT(error.what(), HasSubstr("other settings"));
  }
}

TEST(Calibration, IsReadAsItWasWritten) {
  const TestFolder folder;
  EXPECT_TRUE(read_calibration(folder.path()).rows.empty()) << "none";
  write_calibration(folder.path(), {"a machine", 2, {{"hearts/pce", {"0123", 0.125}}}});
  const Calibration read = read_calibration(folder.path());
  EXPECT_EQ(read.machine, "a machine");
  EXPECT_EQ(read.threads, 2);
  ASSERT_EQ(read.rows.size(), 1U);
  EXPECT_EQ(read.rows.at("hearts/pce").recipe, "0123");
  EXPECT_EQ(read.rows.at("hearts/pce").seconds_per_step, 0.125);
  std::ofstream(calibration_file(folder.path())) << "{\"format\":\"medcl-run\"}";
  EXPECT_THROW(read_calibration(folder.path()), Error);
}

/// Stands for medcl train: notes what it was told and leaves a log.
constexpr const char* kProgram = R"bash(#!/bin/bash
here=$(dirname "$0")
echo "$*" >>"$here/calls"
while (($# > 0)); do
  case $1 in -o) target=$2 ;; method.name=bad) exit 3 ;; esac
  shift
done
mkdir -p "$target"
printf '[train]\nvalidate_every = 20\n' >"$target/config.toml"
cp "$here/log" "$target/metrics.jsonl"
)bash";

class Calibrate : public testing::Test {
 protected:
  Calibrate() {
    std::ofstream(folder / "medcl") << kProgram;
    fs::permissions(folder / "medcl", fs::perms::owner_all);
    std::ofstream(folder / "log") << log_of(100, 0.5, 20, 4);
    options = {.program = folder / "medcl", .threads = 3, .seconds = 7};
    hooks.on_row = [this](const GridRun& run, double) { rows.push_back(run.row); };
    hooks.on_progress = [](std::size_t, std::size_t) {};
    hooks.stop_requested = [] { return false; };
  }

  Calibration measure(const Experiment& experiment) {
    const fs::path place = folder / "experiment";
    const auto note = [](const std::string&) {};
    const GridDatasets datasets = ready_datasets(experiment, place, note, [] {});
    return calibrate(experiment, datasets, place, options, hooks);
  }

  std::string calls() {
    const std::vector<std::uint8_t> bytes = read_file(folder / "calls");
    return {bytes.begin(), bytes.end()};
  }

  const TestFolder folder;
  CalibrateOptions options;
  CalibrateHooks hooks;
  std::vector<std::string> rows;
};

TEST_F(Calibrate, TrainsEachRowOnceForAWhile) {
  const Calibration calibration = measure(parse_experiment(kText, "t.toml"));
  EXPECT_THAT(rows, testing::ElementsAre("hearts/pce", "hearts/medcl"));
  EXPECT_NEAR(calibration.rows.at("hearts/pce").seconds_per_step, 0.7, 1e-5);
  EXPECT_EQ(calibration.threads, 3);
  EXPECT_THAT(calls(), HasSubstr("--threads 3"));
  EXPECT_THAT(calls(), HasSubstr("--set train.steps=0 --set train.time_s=7"));
  EXPECT_THAT(calls(), HasSubstr("train.scribbled=phantom_"));
}

TEST_F(Calibrate, KeepsRowsThatItHasAndMeasuresThoseOfOtherSettings) {
  measure(parse_experiment(kText, "t.toml"));
  fs::remove(folder / "calls");
  Experiment experiment = parse_experiment(kText, "t.toml");
  measure(experiment);
  EXPECT_FALSE(fs::exists(folder / "calls"));
  experiment.method["pce"].set = {"network.width=8"};
  measure(experiment);
  EXPECT_THAT(calls(), HasSubstr("method.name=pce"));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("method.name=medcl")));
}

TEST_F(Calibrate, SaysWhichRowFailed) {
  Experiment experiment = parse_experiment(kText, "t.toml");
  experiment.methods = {"pce", "bad"};
  try {
    measure(experiment);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("hearts/bad"));
  }
  EXPECT_EQ(read_calibration(folder / "experiment").rows.size(), 1U) << "what was measured is kept";
}

TEST_F(Calibrate, OfStepsIsRefused) {
  Experiment experiment = parse_experiment(kText, "t.toml");
  experiment.minutes = 0;
  experiment.steps = 5;
  EXPECT_THROW(measure(experiment), Error);
}

}  // namespace
}  // namespace medcl
