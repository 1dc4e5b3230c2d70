// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/resume.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "medcl/core/error.h"
#include "medcl/dataset/read_case.h"
#include "medcl/model/model_file.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// A run that ends, and goes on under other options.
class ResumedRun : public TrainingRun {
 protected:
  void SetUp() override {
    TrainingRun::SetUp();
    set({"method.name=pce", "train.steps=4", "train.validate_every=2", "train.checkpoint_every=2"});
    options_.dataset = (folder_.path() / "data").string();
  }

  RunOptions stored(const std::string& name, const std::vector<std::string>& settings = {}) {
    RunOptions options = options_of_run(folder_.path() / name, settings);
    settle_options(options, dataset_);
    return options;
  }

  /// The refusal of a resume.
  std::string refusal(const std::string& name) {
    try {
      run(name, true);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage) << error.what();
      return error.what();
    }
    return "";
  }

  void expect_said(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
};

TEST_F(ResumedRun, GoesOnToALaterEndAndKeepsIt) {
  run("run");
  options_.train.steps = 8;
  TrainingHooks stops;
  std::int64_t done = 0;
  stops.on_step = [&done](const StepReport& report, const StepProgress&) { done = report.step; };
  stops.stop_requested = [&done] { return done == 6; };
  EXPECT_EQ(run("run", true, stops).ending, Ending::kInterrupted);
  options_ = stored("run");
  EXPECT_EQ(options_.train.steps, 8) << "Ctrl-C at a later end: config.toml holds it";
  const TrainingResult result = run("run", true);
  EXPECT_EQ(result.steps, 8);
  EXPECT_EQ(result.first_step, 6);
}

TEST_F(ResumedRun, ARunWhoseTimeIsUpGoesOnByStepsOrByMoreTime) {
  options_.train.steps = 0;
  options_.train.time_s = 1e-6;
  const TrainingResult first = run("timed");
  EXPECT_EQ(first.ending, Ending::kTimeUp);
  EXPECT_LE(first.steps, 1) << "a microsecond can be too long for a clock to have passed it";
  EXPECT_EQ(run("timed", true).steps, first.steps) << "nothing is left to do";
  options_.train.steps = 3;
  const TrainingResult result = run("timed", true);
  EXPECT_EQ(result.ending, Ending::kPlanDone);
  EXPECT_EQ(result.steps, 3);
  options_ = stored("timed");
  EXPECT_EQ(options_.train.time_s, 0) << "the time that was up no longer counts";
  options_.train.time_s = 1e6;
  options_.train.steps = 5;
  EXPECT_EQ(run("timed", true).steps, 5);
}

TEST_F(ResumedRun, APatienceThatIsUsedUpBeginsAnewWithANewEnd) {
  set({"method.name=pce", "train.steps=40", "train.validate_every=1", "train.patience=1"});
  options_.schedule.learning_rate = 0;
  const TrainingResult first = run("patient");
  EXPECT_EQ(first.ending, Ending::kNoGain);
  options_.train.patience = 2;
  const TrainingResult second = run("patient", true);
  EXPECT_EQ(second.ending, Ending::kNoGain);
  EXPECT_GT(second.steps, first.steps);
  options_.train.steps = 50;
  EXPECT_GT(run("patient", true).steps, second.steps) << "another end is new, too";
}

TEST_F(ResumedRun, KeepsWhatDecidesTheResultAndNamesIt) {
  run("run");
  const RunOptions kept = options_;
  for (const char* setting :
       {"train.seed=2", "network.width=8", "method.name=medcl", "schedule.learning_rate=0.5",
        "crop.size=48", "train.scribbled=phantom_001", "sampler.batch=2"}) {
    options_ = stored("run", {setting});
    options_.train.steps = 6;
    const std::string name = std::string(setting).substr(0, std::string(setting).find('='));
    expect_said(refusal("run"), name);
  }
  EXPECT_EQ(stored("run").train.steps, 4) << "a refused resume changes nothing";
  options_ = kept;
  options_.train.workers = 2;
  options_.train.validate_every = 3;
  options_.train.steps = 6;
  EXPECT_EQ(run("run", true).steps, 6);
  EXPECT_EQ(stored("run").train.validate_every, 3);
}

TEST_F(ResumedRun, ADatasetThatMovedIsTheSameAndItsPlaceIsKept) {
  run("run");
  const fs::path moved = folder_.path() / "moved";
  fs::rename(folder_.path() / "data", moved);
  dataset_ = read_dataset(moved);
  options_.dataset = moved.string();
  options_.train.steps = 6;
  EXPECT_EQ(run("run", true).steps, 6);
  EXPECT_EQ(stored("run").dataset, moved.string());
}

TEST_F(ResumedRun, ChangedDataAreNamedAndTakenOnlyWhenAccepted) {
  run("run");
  const Case& seen = *dataset_.find(dataset_.splits[0].train[0]);
  Loaded<std::int32_t> labels = read_labels(*seen.labels);
  std::swap(labels.volume.voxels.front(), labels.volume.voxels.back());
  labels.volume.voxels.front() = labels.volume.voxels.front() == 0 ? 1 : 0;
  write_labels(*seen.labels, labels.volume, labels.source);
  options_.train.steps = 6;
  const std::string message = refusal("run");
  expect_said(message, "labelsTr/" + seen.labels->filename().string() + " changed");
  expect_said(message, "--accept-changes");
  TrainingHooks hooks;
  bool improved = false;
  hooks.on_validation = [&improved](const Judgement&, std::int64_t, bool better) {
    improved |= better;
  };
  const TrainingResult result =
      train(dataset_, options_, folder_.path() / "run", folder_.path() / "cache",
            {.resume = true, .accept_changes = true}, hooks);
  EXPECT_TRUE(improved) << "the score on other data does not count";
  EXPECT_EQ(result.steps, 6);
  options_.train.steps = 8;
  EXPECT_EQ(run("run", true).steps, 8) << "accepted once, they are the data of the run";
}

TEST_F(ResumedRun, AChangedSplitIsNamed) {
  run("run");
  std::swap(dataset_.splits[0].train[0], dataset_.splits[0].train[1]);
  options_.train.steps = 6;
  expect_said(refusal("run"), "split changed");
}

TEST_F(ResumedRun, ATimeThatEndsTooEarlyIsSaidAndNotedInTheModels) {
  options_.train.steps = 1000000;
  options_.train.time_s = 0.3;
  const TrainingResult result = run("short");
  expect_said(result.cut_short, "of 1000000 planned steps");
  for (const char* model : {"best", "last"}) {
    const ModelCard card = load_card(folder_.path() / "short" / model);
    EXPECT_EQ(card.training.at("ending").at("cut_short"), result.cut_short) << model;
    EXPECT_EQ(card.training.at("ending").at("reason"), "time is up");
  }
}

TEST_F(ResumedRun, TheRateFallsWithTheTimeFromTheFirstStepOn) {
  options_.train.steps = 0;
  options_.train.time_s = 2;
  std::vector<double> rates;
  TrainingHooks hooks;
  hooks.on_step = [&rates](const StepReport& report, const StepProgress&) {
    rates.push_back(report.learning_rate);
  };
  run("timed", false, hooks);
  ASSERT_GE(rates.size(), 1U);
  EXPECT_GT(rates.front(), 0.5 * options_.schedule.learning_rate);
  for (std::size_t n = 1; n < rates.size(); ++n) EXPECT_LE(rates[n], rates[n - 1]);
}

TEST_F(ResumedRun, TheModelHoldsItsSplitAndTheRuleThatItsScoreWasReachedWith) {
  const TrainingResult result = run("run");
  const ModelCard card = load_card(folder_.path() / "run");
  EXPECT_EQ(card.training.at("split").at("validation"), Json(dataset_.splits[0].validation));
  ASSERT_EQ(card.components.mean_dice.size(), component_rules().size());
  EXPECT_EQ(card.components.cases, 1);
  for (const auto& [rule, dice] : card.components.mean_dice) {
    EXPECT_LE(dice, result.best_score + 1e-12) << rule;
    if (rule == card.components.rule) {
      EXPECT_DOUBLE_EQ(dice, result.best_score);
    }
  }
}

/// A checkpoint whose bytes are as they were written, but whose content no run writes.
TEST_F(ResumedRun, ACheckpointThatCannotBeUsedIsSkipped) {
  options_.train.steps = 6;
  run("whole");
  const std::vector<std::function<void(Checkpoint&)>> changes = {
      [](Checkpoint& c) { c.values["best_score"] = "high"; },
      [](Checkpoint& c) { c.values.erase("elapsed_s"); },
      [](Checkpoint& c) { c.values = Json::array(); },
      [](Checkpoint& c) { c.values["best_step"] = 1000; },
      [](Checkpoint& c) {
        c.values["components"] = {{"largest_component", "all"}};
      },
      [](Checkpoint& c) { c.tensors.erase(c.tensors.begin()); },
      [](Checkpoint& c) { c.tensors.begin()->second = torch::zeros({1}); },
      [](Checkpoint& c) { c.tensors.at("adam.step") = torch::zeros({3}); }};
  for (std::size_t n = 0; n < changes.size(); ++n) {
    const std::string name = "resealed" + std::to_string(n);
    options_.train.steps = 4;
    run(name);
    auto checkpoint = load_latest_checkpoint(folder_.path() / name);
    ASSERT_TRUE(checkpoint.has_value());
    checkpoint->step = 5;
    changes[n](*checkpoint);
    save_checkpoint(folder_.path() / name, *checkpoint);
    options_.train.steps = 6;
    EXPECT_EQ(run(name, true).first_step, 4) << n;
    EXPECT_EQ(load_latest_checkpoint(folder_.path() / name)->step, 6) << n;
  }
}

TEST_F(ResumedRun, AClassThatNoValidationCaseShowsIsNotJudgedAndDecidesNoRule) {
  dataset_.labels.classes.push_back({"tumour", 9});
  options_.train.allow_missing_class = true;
  settle_options(options_, dataset_);
  run("run");
  // Not as a card, whose ignore value must be the highest.
  const Json card = read_json(folder_.path() / "run/best/model.json");
  const Json& judged = card.at("training").at("validation");
  EXPECT_FALSE(judged.at("dice").contains("tumour"));
  double sum = 0;
  for (const Json& dice : judged.at("dice")) sum += dice.get<double>();
  EXPECT_NEAR(judged.at("mean_dice").get<double>(), sum / 3, 1e-12);
  const Json& rule = card.at("postprocessing");
  EXPECT_EQ(rule.at("largest_component"), "none");
  EXPECT_EQ(rule.at("undecided"), "in no validation case: tumour");
}

TEST_F(ResumedRun, ARuleThatIsAskedForIsStored) {
  options_.validate.largest_component = "together";
  run("run");
  EXPECT_EQ(load_card(folder_.path() / "run").components.rule, "together");
}

}  // namespace
}  // namespace medcl
