// SPDX-License-Identifier: Apache-2.0
#include "medcl/pretraining/pretrain.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "medcl/core/error.h"
#include "medcl/model/model_file.h"
#include "medcl/run/run_folder.h"
#include "medcl/task/resume.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

class Pretraining : public TrainingRun {
 protected:
  PretrainRunOptions options_of(const std::vector<std::string>& settings) {
    std::vector<std::string> all = {"crop.size=32", "sampler.batch=3", "train.threads=1",
                                    "train.precision=fp32"};
    all.insert(all.end(), settings.begin(), settings.end());
    PretrainRunOptions options = resolve_pretraining("phantom", tiny_sam(), all);
    options.run.dataset = (folder_.path() / "data").string();
    settle_options(options.run, dataset_);
    return options;
  }

  TrainingResult pretrain_in(const std::string& name, const PretrainRunOptions& options,
                             bool resume = false, const TrainingHooks& hooks = {}) {
    return pretrain(dataset_, options, folder_.path() / name, folder_.path() / "cache",
                    {.resume = resume}, hooks);
  }

  std::filesystem::path encoder_of(const std::string& name) {
    return folder_.path() / name / "encoder.safetensors";
  }
};

TEST_F(Pretraining, PaintsBetterAndItsEncoderIsTaken) {
  std::vector<double> losses;
  TrainingHooks hooks;
  hooks.on_step = [&losses](const StepReport& report, const StepProgress&) {
    losses.push_back(report.total);
  };
  const TrainingResult result = pretrain_in(
      "painter", options_of({"train.steps=60", "schedule.learning_rate=3e-3"}), false, hooks);
  EXPECT_EQ(result.steps, 60);
  const auto mean = [&losses](std::size_t first) {
    double sum = 0;
    for (std::size_t n = first; n < first + 6; ++n) sum += losses.at(n) / 6;
    return sum;
  };
  EXPECT_LT(mean(54), 0.8 * mean(0));

  const auto encoder = encoder_of("painter");
  set({"train.steps=2", "sam.checkpoint=" + encoder.string()}, tiny_sam());
  run("run");
  const auto checkpoint = load_latest_checkpoint(folder_.path() / "run");
  const auto painted = to_tensors(SafetensorsFile::open(encoder));
  const std::string name = "image_encoder.blocks.1.attn.qkv.weight";
  EXPECT_TRUE(checkpoint->tensors.at("network.sam." + name).equal(painted.at(name)));
  const LoadedModel model = load_model(folder_.path() / "run");
  EXPECT_EQ(model.card.training.at("weights").at("sam").at("file"), "encoder.safetensors");
  std::filesystem::remove(encoder);  // a model needs it no more
  EXPECT_NO_THROW(load_model(folder_.path() / "run"));
}

TEST_F(Pretraining, GoesOnBitExactlyFromAnyStep) {
  const PretrainRunOptions options =
      options_of({"train.steps=6", "train.checkpoint_every=2", "schedule.warmup_steps=2"});
  pretrain_in("whole", options);
  const std::string whole = sha256_of_file(encoder_of("whole"));
  for (int stop = 1; stop < 6; ++stop) {
    const std::string name = "stopped" + std::to_string(stop);
    TrainingHooks dies;
    dies.on_step = [stop](const StepReport& report, const StepProgress&) {
      if (report.step == stop) throw std::runtime_error("as if killed");
    };
    EXPECT_THROW(pretrain_in(name, options, false, dies), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(encoder_of(name)));
    EXPECT_EQ(pretrain_in(name, options, true).steps, 6);
    EXPECT_EQ(sha256_of_file(encoder_of(name)), whole) << "stopped at step " << stop;
  }
}

TEST_F(Pretraining, EndsWhenItsTimeIsUp) {
  const TrainingResult result =
      pretrain_in("short", options_of({"train.steps=1000000", "train.time_s=0.3"}));
  EXPECT_EQ(result.ending, Ending::kTimeUp);
  EXPECT_TRUE(std::filesystem::exists(encoder_of("short")));
}

TEST_F(Pretraining, ItsRunIsNoTrainingAndKeepsWhatDecidesIt) {
  pretrain_in("run", options_of({"train.steps=1"}));
  EXPECT_THROW(require_run_folder(folder_.path() / "run"), Error);
  EXPECT_THROW(pretrain_in("run", options_of({"train.steps=2", "pretrain.hidden_share=0.5"}), true),
               Error);
  EXPECT_EQ(pretraining_of_run(folder_.path() / "run", {}).run.train.steps, 1);
  EXPECT_EQ(pretrain_in("run", options_of({"train.steps=2"}), true).steps, 2);
}

TEST_F(Pretraining, OnlyASamHasAnEncoder) {
  PretrainRunOptions options = options_of({"train.steps=1"});
  options.run.network = NetworkOptions();
  EXPECT_THROW(pretrain_in("unet", options), Error);
}

}  // namespace
}  // namespace medcl
