// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/auto_plan.h"

#include <gmock/gmock.h>

#include <set>

#include "medcl/core/atomic_file.h"
#include "medcl/core/file_system.h"
#include "medcl/core/log.h"
#include "medcl/dataset/nnunet/plan_options.h"
#include "medcl/task/memory.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

using AutoPlanOfARun = TrainingRun;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

RunOptions resolved(const AutoPlan& plan, const Dataset& dataset,
                    const std::vector<std::string>& settings) {
  RunOptions options = resolve_options("", {}, settings, {.defaults = plan.text(), .describe = {}});
  settle_options(options, dataset);
  return options;
}

TEST_F(AutoPlanOfARun, IsMadeOfTheTrainingCasesAndTrains) {
  const std::vector<std::string> settings{"train.steps=3", "train.threads=1"};
  const AutoPlan plan = auto_plan_within(dataset_, {.settings = settings}, kPlenty);
  EXPECT_EQ(plan.survey.cases, 3) << "not that of validation";
  EXPECT_EQ(plan.survey.labelled, 2);
  EXPECT_NEAR(plan.survey.pixel_mm, 4, 0.4) << "phantoms differ a little";
  options_ = resolved(plan, dataset_, settings);
  EXPECT_EQ(options_.train.steps, 3) << "what was said stays";
  EXPECT_EQ(options_.sample.crop.size % 16, 0);
  EXPECT_EQ(run("run").steps, 3);
}

TEST_F(AutoPlanOfARun, LeavesOutScribblesThatTheRunDoesNotUse) {
  const std::string one = dataset_.splits.front().train.front();
  const AutoPlan all = auto_plan_within(dataset_, {}, kPlenty);
  const AutoPlan few =
      auto_plan_within(dataset_, {.settings = {"train.scribbled=" + one}}, kPlenty);
  EXPECT_EQ(few.survey.cases, all.survey.cases);
  EXPECT_LE(few.survey.labelled, 1);
}

TEST_F(AutoPlanOfARun, BecomesSmallerUntilItFitsAndSaysSo) {
  const std::vector<std::string> settings{"train.threads=1", "train.precision=fp32"};
  const RunOptions large =
      resolved(auto_plan_within(dataset_, {.settings = settings}, kPlenty), dataset_, settings);
  const std::int64_t tight = training_bytes(large) * 12 / 10;
  const AutoPlan plan = auto_plan_within(dataset_, {.settings = settings}, tight);
  const RunOptions small = resolved(plan, dataset_, settings);
  EXPECT_LE(static_cast<double>(training_bytes(small)), 0.8 * static_cast<double>(tight));
  EXPECT_LT(small.sampler.batch, large.sampler.batch);
  EXPECT_THAT(plan.text(), HasSubstr("# memory: more would take"));
}

TEST_F(AutoPlanOfARun, EndsWhereNothingCanBecomeSmaller) {
  const AutoPlan plan = auto_plan_within(dataset_, {}, 1);
  EXPECT_THAT(plan.text(), HasSubstr("batch = 2"));
}

TEST_F(AutoPlanOfARun, KeepsWhatIsGivenAndLeavesOutWhatNobodyHas) {
  const GivenOptions given{.settings = {"crop.size=48", "method.name=pce", "train.epochs=2"}};
  const AutoPlan plan = auto_plan_within(dataset_, given, kPlenty);
  const std::string text = plan.text();
  EXPECT_THAT(text, HasSubstr("# as given\nsize = 48\n"));
  EXPECT_THAT(text, HasSubstr("[method]\n# as given\nname = \"pce\"\n"));
  EXPECT_THAT(text, HasSubstr("# as given\nepochs = 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("time_s"))) << "an end was given";
  EXPECT_THAT(text, Not(HasSubstr("[weight]"))) << "of another method";
  const RunOptions options = resolved(plan, dataset_, {});
  EXPECT_EQ(options.sample.crop.size, 48);
  EXPECT_EQ(options.method.name, "pce");
}

TEST_F(AutoPlanOfARun, AConfigurationIsGivenToo) {
  const auto file = folder_.path() / "given.toml";
  write_atomically(file, "[crop]\nsize = 64\n[sampler]\nbatch = 4\n");
  const GivenOptions given{.settings = {"sampler.batch=5"}, .config_file = file};
  const AutoPlan plan = auto_plan_within(dataset_, given, kPlenty);
  EXPECT_THAT(plan.text(), HasSubstr("# as given\nsize = 64\n"));
  EXPECT_THAT(plan.text(), HasSubstr("# as given\nbatch = 5\n")) << "settings count more";
}

TEST_F(AutoPlanOfARun, DoesNotMakeSmallerWhatIsGivenAndWarns) {
  const std::vector<std::string> settings{"crop.size=96", "sampler.batch=6"};
  const AutoPlan plan = auto_plan_within(dataset_, {.settings = settings}, 1);
  const RunOptions options = resolved(plan, dataset_, settings);
  EXPECT_EQ(options.sample.crop.size, 96);
  EXPECT_EQ(options.sampler.batch, 6);
  EXPECT_THAT(plan.warnings, Contains(HasSubstr("of memory")));
}

TEST_F(AutoPlanOfARun, CropsHaveTheSizeThatTheNetworkTakes) {
  const std::vector<std::string> settings{"network.name=unet_valid"};
  const AutoPlan plan = auto_plan_within(dataset_, {.settings = settings}, kPlenty);
  EXPECT_EQ(resolved(plan, dataset_, settings).sample.crop.size, 212);
  EXPECT_THAT(plan.text(), HasSubstr("the network unet_valid takes no other"));
  const std::vector<std::string> deep{"network.name=resunet", "network.depth=7"};
  const AutoPlan of_deep = auto_plan_within(dataset_, {.settings = deep}, kPlenty);
  EXPECT_EQ(resolved(of_deep, dataset_, deep).sample.crop.size % 64, 0);
}

TEST_F(AutoPlanOfARun, WarnsOfACropThatIsSmallerThanTheStructures) {
  const auto warnings_at = [&](const std::string& spacing_mm) {
    const std::vector<std::string> settings{"crop.size=32", "prepare.spacing_mm=" + spacing_mm};
    return auto_plan_within(dataset_, {.settings = settings}, kPlenty).warnings;
  };
  EXPECT_THAT(warnings_at("0.5"), Contains(HasSubstr("a crop shows 16 mm")));
  EXPECT_THAT(warnings_at("6"), Not(Contains(HasSubstr("a crop shows"))));
}

TEST_F(AutoPlanOfARun, LeavesOutWhatItHasNoUseFor) {
  const AutoPlan plan =
      auto_plan_within(dataset_, {.settings = {"prepare.window_low=300"}}, kPlenty);
  EXPECT_EQ(std::ranges::count(plan.options, "prepare.window_low", &PlannedOption::name), 0);
  EXPECT_THAT(plan.warnings, Contains(HasSubstr("prepare.window_low is given and not used")));
}

TEST_F(AutoPlanOfARun, RefusesWhatTrainingRefuses) {
  for (const std::int64_t available : {kPlenty, std::int64_t{-1}}) {
    const GivenOptions given{
        .settings = {"prepare.normalisation=window", "prepare.window_low=300"}};
    EXPECT_THROW((void)auto_plan_within(dataset_, given, available), Error);
  }
}

TEST_F(AutoPlanOfARun, OfNnunetIsAConfigurationThatTrains) {
  const nnunet::Plan plan =
      nnunet::plan_of(nnunet::fingerprint_of(dataset_), nnunet::planned_dataset(dataset_),
                      nnunet::planner_named("default"));
  const std::string text = plan_text({}, nnunet::plan_options(plan));
  options_ = resolve_options("", {}, {"train.steps=2", "train.threads=1", "network.width=2"},
                             {.defaults = text, .describe = {}});
  settle_options(options_, dataset_);
  EXPECT_EQ(options_.method.name, "nnunet2d");
  EXPECT_EQ(options_.network.name, "plainconvunet");
  const nnunet::PerAxis& patch = plan.slices.patch;
  EXPECT_EQ(options_.sample.crop.size, *std::ranges::max_element(patch));
  EXPECT_EQ(options_.sampler.batch, plan.slices.batch);
  EXPECT_EQ(options_.network.traits().multiple.x, plan.slices.topology.multiple().back());
  EXPECT_EQ(options_.sample.augment.chance.gamma, 0.3);
  EXPECT_NEAR(options_.prepare.spacing_mm, plan.slices.spacing_mm[0], 1e-6);
  EXPECT_EQ(run("run").steps, 2);
}

TEST_F(AutoPlanOfARun, LiesInTheFolderOfItsRun) {
  const AutoPlan plan =
      auto_plan_within(dataset_, {.settings = {"train.steps=2", "train.threads=1"}}, kPlenty);
  options_ = resolved(plan, dataset_, {});
  train(dataset_, options_, folder_.path() / "run", folder_.path() / "cache", {.plan = plan.text()},
        {});
  const auto bytes = read_file(folder_.path() / "run" / "plan.toml", 1 << 20);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), plan.text());
}

TEST_F(TrainingRun, AlarmsAreRaisedOnceWhenATenthIsDone) {
  std::vector<std::string> warnings;
  set_log_sink([&warnings](LogLevel level, const std::string& message) {
    if (level == LogLevel::kWarning) warnings.push_back(message);
  });
  set({"train.steps=60", "train.validate_every=15", "schedule.learning_rate=1e-9"});
  std::size_t raised = 0;
  std::set<std::string> kinds;
  TrainingHooks hooks;
  hooks.on_validation = [&](const Judgement& judgement, std::int64_t, bool) {
    raised += judgement.alarms.size();
    for (const Alarm& one : judgement.alarms) kinds.insert(one.id);
  };
  run("run", false, hooks);
  set_log_sink({});
  EXPECT_GT(raised, kinds.size())
      << "weights at random find nothing that is right, whenever they are asked";
  const auto said = std::ranges::count_if(
      warnings, [](const std::string& line) { return line.find("Likely:") != std::string::npos; });
  EXPECT_EQ(static_cast<std::size_t>(said), kinds.size());
  EXPECT_THAT(warnings, Contains(HasSubstr("step 60: ")));
}

}  // namespace
}  // namespace medcl
