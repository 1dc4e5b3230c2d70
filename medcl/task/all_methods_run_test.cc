// SPDX-License-Identifier: Apache-2.0
// Whole runs of every method: whatever it keeps, a run that was killed goes on as if it had not
// been.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "medcl/methods/test_settings.h"
#include "medcl/model/model_file.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

class RunOfAMethod : public TrainingRun {
 protected:
  void expect_goes_on(std::vector<std::string> settings) {
    settings.push_back("train.steps=8");
    set(settings);
    TrainingHooks finite;
    finite.on_step = [](const StepReport& report, const StepProgress&) {
      EXPECT_TRUE(std::isfinite(report.total)) << "step " << report.step;
    };
    run("whole", false, finite);
    TrainingHooks dies;
    dies.on_step = [](const StepReport& report, const StepProgress&) {
      if (report.step == 5) throw std::runtime_error("as if killed");
    };
    EXPECT_THROW(run("killed", false, dies), std::runtime_error);
    EXPECT_EQ(run("killed", true).first_step, 3);
    EXPECT_EQ(state_hash("killed"), state_hash("whole"));
    EXPECT_EQ(weights_hash("killed"), weights_hash("whole"));
    const LoadedModel model = load_model(folder_.path() / "whole");
    EXPECT_EQ(model.network->forward(torch::zeros({1, 1, 16, 16})).logits_bks.size(1), 4);
  }
};

class RunOfEveryMethod : public RunOfAMethod, public ::testing::WithParamInterface<std::string> {};

TEST_P(RunOfEveryMethod, ResumesBitExactlyAndSavesAModelOfTheClasses) {
  std::vector<std::string> settings = early_and_small(GetParam());
  settings.push_back("method.name=" + GetParam());
  expect_goes_on(settings);
}

TEST_F(RunOfAMethod, MedclWithATeacherAndAPriorResumesBitExactly) {
  expect_goes_on({"method.name=medcl", "mix.target=both", "anatomy.prior=0.5", "ramp.from=0.2",
                  "ramp.until=0.3", "teacher.confidence=0.2"});
}

/// Those that learn from scribbles.
std::vector<std::string> scribble_methods() {
  std::vector<std::string> names = method_names();
  std::erase(names, "fullsup");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Methods, RunOfEveryMethod, ::testing::ValuesIn(scribble_methods()),
                         [](const auto& method) { return method.param; });

}  // namespace
}  // namespace medcl
