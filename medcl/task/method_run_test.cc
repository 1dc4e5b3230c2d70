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

using FullSupRun = TrainingRun;

TEST_F(FullSupRun, LearnsFromTheCasesWithDenseLabels) {
  const std::string dense = dataset_.splits.front().validation.front();
  dataset_.splits.clear();
  set({"method.name=fullsup", "train.steps=2", "train.scribbled=" + dense});
  EXPECT_EQ(run("run").steps, 2);
}

TEST_F(FullSupRun, RefusesScribblesAndSaysWhatToDo) {
  set({"method.name=fullsup", "train.steps=2"});
  try {
    run("run");
    FAIL() << "scribbles are no dense labels";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    const std::string text = error.what();
    for (const char* part : {"fullsup", "phantom_00", "--method pce", "train.scribbled"}) {
      EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    }
  }
}

}  // namespace
}  // namespace medcl
