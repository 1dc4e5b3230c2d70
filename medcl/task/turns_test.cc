// SPDX-License-Identifier: Apache-2.0
// Trainings, predictions and the program around them share a process without a trace in each other.

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "medcl/dataset/read_case.h"
#include "medcl/engine/trainer.h"
#include "medcl/inference/predictor.h"
#include "medcl/model/libtorch_state.h"
#include "medcl/model/model_file.h"
#include "medcl/model/network_threads.h"
#include "medcl/task/segmentation_task.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

torch::Tensor generator_state() {
  return at::globalContext().defaultGenerator(torch::kCPU).get_state();
}

class Turns : public TrainingRun {
 protected:
  /// A training whose steps a test does one by one.
  struct Training {
    Training(const Dataset& dataset, const RunOptions& options, const std::filesystem::path& run,
             const std::filesystem::path& cache)
        : task(dataset, options, run, cache, hooks), trainer(task, options.engine(), run, hooks) {
      std::filesystem::create_directories(run);
      trainer.begin();
    }
    TrainingHooks hooks;
    SegmentationTask task;
    Trainer trainer;
  };

  [[nodiscard]] std::unique_ptr<Training> begun(const RunOptions& options,
                                                const std::string& name) const {
    return std::make_unique<Training>(dataset_, options, folder_.path() / name,
                                      folder_.path() / "cache");
  }

  RunOptions options_with(const std::vector<std::string>& settings) {
    set(settings);
    return options_;
  }

  std::string alone(const RunOptions& options, const std::string& name) {
    options_ = options;
    run(name);
    return hashes(name);
  }

  std::string hashes(const std::string& name) {
    return weights_hash(name) + weights_hash(name, "best");
  }
};

TEST_F(Turns, TwoTrainingsStepByStepGiveTheBitsOfEachAlone) {
  const RunOptions one = options_with({"train.steps=7"});
  const RunOptions two = options_with(
      {"train.steps=9", "train.seed=5", "train.threads=2", "method.name=pce", "sampler.batch=2"});
  const std::string wanted_one = alone(one, "one"), wanted_two = alone(two, "two");
  const int threads = at::get_num_threads();

  const auto first = begun(one, "first");
  const auto second = begun(two, "second");
  bool first_goes = true, second_goes = true;
  while (first_goes || second_goes) {
    first_goes = first_goes && first->trainer.advance();
    if (!first_goes && second_goes) (void)first->trainer.advance();  // does nothing any more
    second_goes = second_goes && second->trainer.advance();
  }
  EXPECT_EQ(first->trainer.end().steps, 7);
  EXPECT_EQ(second->trainer.end().steps, 9);
  EXPECT_EQ(hashes("first"), wanted_one);
  EXPECT_EQ(hashes("second"), wanted_two);
  EXPECT_EQ(at::get_num_threads(), threads);
}

TEST_F(Turns, WhatHappensBetweenStepsChangesNothing) {
  const RunOptions options = options_with({"train.steps=6"});
  const std::string wanted = alone(options, "alone");
  const LoadedModel model = load_model(folder_.path() / "alone" / "last");
  const Case& unseen = *dataset_.find(dataset_.splits[0].validation[0]);
  const std::vector<Image> image{read_channels_of_case(unseen, dataset_).front().volume};
  const auto predict = [&] {
    const NetworkThreads threads(*model.network, torch::kFloat32, 3);
    return predict_case(*model.network, model.card, image, {}).labels.voxels;
  };
  const auto segmented = predict();

  const auto training = begun(options, "run");
  while (training->trainer.advance()) {
    EXPECT_EQ(predict(), segmented);
    torch::manual_seed(99);
    (void)torch::randn({7});
    at::set_num_threads(2);
  }
  (void)training->trainer.end();
  EXPECT_EQ(hashes("run"), wanted);
}

TEST_F(Turns, LeaveLibtorchAsItWas) {
  torch::manual_seed(12);
  (void)torch::rand({3});
  const torch::Tensor before = generator_state().clone();
  const int threads = at::get_num_threads();
  const bool deterministic = at::globalContext().deterministicCuDNN();
  set({"train.steps=3", "train.threads=3"});
  run("unet");
  set({"train.steps=2"}, tiny_sam());
  run("sam");
  (void)load_model(folder_.path() / "unet" / "best");
  EXPECT_TRUE(generator_state().equal(before));
  EXPECT_EQ(at::get_num_threads(), threads);
  EXPECT_EQ(at::globalContext().deterministicCuDNN(), deterministic);
}

}  // namespace
}  // namespace medcl
