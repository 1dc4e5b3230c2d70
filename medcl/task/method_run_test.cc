// SPDX-License-Identifier: Apache-2.0
// Whole runs of the methods that keep more than a network from step to step.
#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/model/model_file.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

class MethodRun : public TrainingRun, public testing::WithParamInterface<const char*> {
 protected:
  /// Predictions teach from the third of six steps on.
  void SetUp() override {
    TrainingRun::SetUp();
    set({std::string("method.name=") + GetParam(), "train.steps=6", "train.validate_every=6",
         "train.checkpoint_every=2"});
  }
};

TEST_P(MethodRun, LeavesAModelOfTheNetworkAlone) {
  run("run");
  const auto found = load_model(folder_.path() / "run" / "last").network->named_parameters();
  set({"method.name=pce", "train.steps=2"});
  run("plain");
  const auto plain = load_model(folder_.path() / "plain" / "last").network->named_parameters();
  ASSERT_EQ(found.size(), plain.size());
  for (const auto& entry : plain) EXPECT_NE(found.find(entry.key()), nullptr) << entry.key();
}

INSTANTIATE_TEST_SUITE_P(Methods, MethodRun,
                         testing::Values("mean_teacher", "scribblevs", "wsl4", "dmsps", "sdt_net",
                                         "modelmix"));

using Parts = std::vector<std::string>;

/// That the run is refused for its labels, in words that hold all `parts`.
class FullSupAdvice : public TrainingRun {
 protected:
  void expect_advice(const Parts& parts) {
    set({"method.name=fullsup", "train.steps=2"});
    try {
      run("refused");
      FAIL() << "scribbles are no dense labels";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
      const std::string text = error.what();
      for (const std::string& part : parts) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
      }
    }
  }
};

TEST_F(FullSupAdvice, NamesTheTrainingCasesWithDenseLabels) {
  const std::string dense = dataset_.splits.front().validation.front();
  dataset_.splits.clear();
  expect_advice({"fullsup", "phantom_001", "--method pce", "train.scribbled", "(" + dense + ")"});
  set({"method.name=fullsup", "train.steps=2", "train.scribbled=" + dense});
  EXPECT_EQ(run("run").steps, 2);
}

TEST_F(FullSupAdvice, OfTheOnlyValidationCaseDoesNotTakeThatAway) {
  expect_advice({"--method pce", "Only the validation case phantom_004 has dense labels"});
}

TEST_F(FullSupAdvice, ForDenseValidationCasesIsAdviceThatWorks) {
  PhantomDatasetOptions phantom;
  phantom.phantom.size = 48;
  phantom.phantom.slices = 3;
  phantom.phantom.spacing_mm = 4;
  phantom.scribbled = phantom.validation = 2;
  phantom.unlabelled = phantom.test = 0;
  dataset_ = write_phantom_dataset(folder_.path() / "two", phantom);
  const std::vector<std::string> dense = dataset_.splits.front().validation;
  expect_advice({"Only validation cases have dense labels (" + dense[0] + ", " + dense[1] + ")",
                 "train.validate_on", "train.scribbled"});
  set({"method.name=fullsup", "train.steps=2", "train.validate_on=" + dense[1],
       "train.scribbled=" + dense[0]});
  EXPECT_EQ(run("run").steps, 2);
}

}  // namespace
}  // namespace medcl
