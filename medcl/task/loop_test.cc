// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <stdexcept>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/sha256.h"
#include "medcl/core/test_folder.h"
#include "medcl/dataset/fingerprint.h"
#include "medcl/dataset/phantom.h"
#include "medcl/dataset/read_case.h"
#include "medcl/model/model_file.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

TEST_F(TrainingRun, SameSeedSameWeightsWhateverTheWorkerCount) {
  std::string first;
  for (const std::int64_t workers : {0, 1, 3}) {
    options_.train.workers = workers;
    const std::string name = "workers" + std::to_string(workers);
    EXPECT_EQ(run(name).steps, 10);
    first = first.empty() ? state_hash(name) : first;
    EXPECT_EQ(state_hash(name), first) << workers << " workers";
  }
  options_.train.seed = 2;
  run("other");
  EXPECT_NE(state_hash("other"), first);
}

TEST_F(TrainingRun, ResumesBitExactlyFromAnyStep) {
  run("whole");
  for (int stop = 1; stop < 10; ++stop) {
    const std::string name = "stopped" + std::to_string(stop);
    TrainingHooks dies;
    dies.on_step = [stop](const StepReport& report, const StepProgress&) {
      if (report.step == stop) {
        throw std::runtime_error("as if killed");
      }
    };
    EXPECT_THROW(run(name, false, dies), std::runtime_error);
    EXPECT_EQ(run(name, true).steps, 10);
    EXPECT_EQ(state_hash(name), state_hash("whole")) << "stopped at step " << stop;
    EXPECT_EQ(weights_hash(name), weights_hash("whole")) << "stopped at step " << stop;
  }
}

TEST_F(TrainingRun, ResumesBitExactlyWithEveryTermAndSavesAModelOfTheClassesOnly) {
  set({"train.steps=10", "weight.mapping=0.1", "weight.cluster=0.1", "weight.anatomy=0.1",
       "anatomy.union_outputs=true"});
  run("whole");
  TrainingHooks dies;
  dies.on_step = [](const StepReport& report, const StepProgress&) {
    if (report.step == 7) {
      throw std::runtime_error("as if killed");
    }
  };
  EXPECT_THROW(run("stopped", false, dies), std::runtime_error);
  run("stopped", true);
  EXPECT_EQ(state_hash("stopped"), state_hash("whole"));
  const LoadedModel model = load_model(folder_.path() / "whole");
  EXPECT_EQ(model.network->forward(torch::zeros({1, 1, 16, 16})).logits_bks.size(1), 4);
}

TEST_F(TrainingRun, AnInterruptedRunIsSavedAtTheStepItReached) {
  int asked = 0;
  TrainingHooks hooks;
  hooks.stop_requested = [&asked] { return ++asked > 4; };
  const TrainingResult result = run("interrupted", false, hooks);
  EXPECT_EQ(result.ending, Ending::kInterrupted);
  EXPECT_EQ(load_latest_checkpoint(folder_.path() / "interrupted")->step, result.steps);
  run("interrupted", true);
  run("whole");
  EXPECT_EQ(state_hash("interrupted"), state_hash("whole"));
}

TEST_F(TrainingRun, PceTrainsWithoutUnlabelledImages) {
  options_.method = MethodOptions("pce", /*prompts=*/false);
  double first = 0;
  double last = 0;
  TrainingHooks hooks;
  options_.train.steps = 30;
  hooks.on_step = [&](const StepReport& report, const StepProgress&) {
    (report.step == 1 ? first : last) = report.total;
    EXPECT_EQ(report.terms.size(), 1U);
  };
  run("pce", false, hooks);
  EXPECT_LT(last, first);
}

TEST_F(TrainingRun, StopsAtANonFiniteLossAndKeepsTheLastGoodState) {
  options_.train.steps = 4;
  run("broken");
  auto checkpoint = load_latest_checkpoint(folder_.path() / "broken");
  ASSERT_TRUE(checkpoint.has_value());
  const std::int64_t good_step = checkpoint->step;
  for (auto& [name, tensor] : checkpoint->tensors) {
    if (name.rfind("network.", 0) == 0 && tensor.is_floating_point()) {
      tensor.fill_(std::numeric_limits<float>::quiet_NaN());
    }
  }
  checkpoint->step = good_step + 1;
  options_.train.steps = 10;
  save_checkpoint(folder_.path() / "broken", *checkpoint);
  try {
    run("broken", true);
    FAIL() << "went on with a loss that is not a number";
  } catch (const NonFiniteLoss& failure) {
    EXPECT_NE(std::string(failure.what()).find("phantom_"), std::string::npos) << failure.what();
  }
  EXPECT_TRUE(fs::exists(folder_.path() / "broken" / "failed_step" / "batch.safetensors"));
  EXPECT_TRUE(fs::exists(folder_.path() / "broken" / "failed_step" / "failure.json"));
}

/// Puts NaN in the place of the pixels of every prepared case, in place: the checksum was right
/// when the run opened the files.
void explode_prepared_cases(const fs::path& cache) {
  for (const auto& entry : fs::directory_iterator(cache)) {
    if (entry.path().extension() != ".safetensors") continue;
    std::size_t start = 0, size = 0;
    {
      const std::vector<std::uint8_t> bytes = read_file(entry.path());
      const SafetensorsFile file = SafetensorsFile::open(entry.path());
      const auto image = file.at("image").bytes;
      size = image.size();
      start = static_cast<std::size_t>(
          std::search(bytes.begin(), bytes.end(), image.begin(), image.end()) - bytes.begin());
    }
    std::fstream out(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(start));
    out << std::string(size, '\xff');  // a NaN in every float
  }
}

TEST_F(TrainingRun, AnImageThatExplodesEndsTheRunAndIsNamed) {
  set({"train.steps=4"});
  run("exploded");
  const std::string good_state = state_hash("exploded");
  TrainingHooks hooks;
  hooks.on_start = [this] { explode_prepared_cases(folder_.path() / "cache"); };
  options_.train.steps = 8;
  try {
    run("exploded", true, hooks);
    FAIL() << "went on with pixels that are not numbers";
  } catch (const NonFiniteLoss& failure) {
    const std::string message = failure.what();
    EXPECT_EQ(failure.code(), ErrorCode::kFailure);
    EXPECT_NE(message.find("step 5"), std::string::npos) << message;
    EXPECT_NE(message.find("batch phantom_"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  const Json failure = read_json(folder_.path() / "exploded" / "failed_step" / "failure.json");
  EXPECT_EQ(failure.at("step"), 5);
  EXPECT_EQ(failure.at("seed"), 1);
  EXPECT_EQ(failure.at("samples").size(), 3U);
  options_.train.steps = 4;
  EXPECT_EQ(load_latest_checkpoint(folder_.path() / "exploded")->step, 4);
  EXPECT_EQ(state_hash("exploded"), good_state);
}

TEST_F(TrainingRun, AnExplodingLearningRateEndsTheRun) {
  set({"train.steps=20", "train.validate_every=1000"});
  options_.schedule.learning_rate = 1e30;
  EXPECT_THROW(run("hot"), NonFiniteLoss);
  EXPECT_TRUE(fs::exists(folder_.path() / "hot" / "failed_step" / "batch.safetensors"));
}

TEST_F(TrainingRun, ADiskThatRefusesTheFailedBatchDoesNotHideTheReason) {
  set({"train.steps=20", "train.validate_every=1000"});
  options_.schedule.learning_rate = 1e30;
  TrainingHooks hooks;
  hooks.on_start = [this] {
    std::ofstream(folder_.path() / "hot" / "failed_step") << "a file where a folder should be";
  };
  EXPECT_THROW(run("hot", false, hooks), NonFiniteLoss);
}

TEST_F(TrainingRun, AStopAtTheVeryLastStepStillLeadsToTheSameModels) {
  set({"train.steps=4"});
  run("whole");
  bool last_step_done = false;
  TrainingHooks hooks;
  hooks.on_step = [&](const StepReport& report, const StepProgress&) {
    last_step_done = report.step == 4;
  };
  hooks.stop_requested = [&] { return last_step_done; };
  EXPECT_EQ(run("stopped", false, hooks).ending, Ending::kInterrupted);
  const TrainingResult result = run("stopped", true);
  EXPECT_EQ(result.ending, Ending::kPlanDone);
  EXPECT_EQ(result.best_step, 4);
  EXPECT_EQ(weights_hash("stopped"), weights_hash("whole"));
  EXPECT_EQ(weights_hash("stopped", "best"), weights_hash("whole", "best"));
}

TEST_F(TrainingRun, ANewRunNeverOverwritesAnother) {
  set({"train.steps=2"});
  run("used");
  const std::string before = state_hash("used");
  EXPECT_THROW(run("used"), Error);
  EXPECT_EQ(state_hash("used"), before);
}

TEST_F(TrainingRun, ModelsKnowTheirTrainingImages) {
  options_.train.steps = 1;
  run("looked");
  const ModelCard card = load_card(folder_.path() / "looked" / "last");
  const auto training = Fingerprint::from_json(card.training.at("images"), "model.json");
  EXPECT_EQ(training.cases, 3);
  EXPECT_NEAR(training.smallest_spacing_mm[0], 4, 0.3);  // the phantom varies it
  const Case& seen = *dataset_.find(dataset_.splits[0].train[0]);
  const Case& unseen = *dataset_.find(dataset_.splits[0].validation[0]);
  for (const Case* one : {&seen, &unseen}) {
    const CaseLook look = look_of(read_channels_of_case(*one, dataset_));
    EXPECT_EQ(unlike_training(look, training, card.channel_names), "") << one->id;
  }
  CaseLook other = look_of(read_channels_of_case(unseen, dataset_));
  other.spacing_mm[2] *= 10;
  other.channels[0].mean *= 100;
  EXPECT_NE(unlike_training(other, training, card.channel_names), "");
}

TEST_F(TrainingRun, ClassesThatNobodyDrewAreRefusedUnlessAllowed) {
  options_.train.steps = 1;
  for (const Case& one : dataset_.cases) {
    if (!one.labels) continue;
    Loaded<std::int32_t> labels = read_labels(*one.labels);
    for (std::int32_t& label : labels.volume.voxels) label = label == 1 ? 0 : label;
    write_labels(*one.labels, labels.volume, labels.source);
  }
  try {
    run("missing");
    FAIL() << "trained without a class";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_NE(std::string(error.what()).find(dataset_.labels.classes[1].name), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "missing"));
  options_.train.allow_missing_class = true;
  EXPECT_EQ(run("missing").steps, 1);
}

TEST_F(TrainingRun, RefusesASecondProcessInTheSameFolder) {
  TrainingHooks hooks;
  hooks.on_step = [this](const StepReport&, const StepProgress&) {
    EXPECT_THROW(run("shared", true), Error);
    throw std::runtime_error("enough");
  };
  EXPECT_THROW(run("shared", false, hooks), std::runtime_error);
}

}  // namespace
}  // namespace medcl
