// SPDX-License-Identifier: Apache-2.0
// Whole runs of MedCL-SAM on synthetic hearts.

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/engine/checkpoint.h"
#include "medcl/format/json.h"
#include "medcl/model/model_file.h"
#include "medcl/model/networks.h"
#include "medcl/model/sam/network.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

class SamRun : public TrainingRun {
 protected:
  void SetUp() override {
    TrainingRun::SetUp();
    set_sam({});
  }

  void set_sam(const std::vector<std::string>& settings) {
    std::vector<std::string> all = {"train.validate_every=5"};
    if (!chooses_method(settings)) {
      all.insert(all.end(), {"weight.anatomy=1", "weight.cluster=1"});
    }
    all.insert(all.end(), settings.begin(), settings.end());
    set(all, tiny_sam());
  }
};

TEST_F(SamRun, GoesOnAsIfNeverStopped) {
  set_sam({"train.steps=8", "train.checkpoint_every=4", "train.validate_every=4"});
  run("whole");
  TrainingHooks stop;
  std::int64_t steps = 0;
  stop.on_step = [&steps](const StepReport& report, const StepProgress&) { steps = report.step; };
  stop.stop_requested = [&steps] { return steps == 4; };
  run("stopped", false, stop);
  run("stopped", true);
  EXPECT_EQ(state_hash("stopped"), state_hash("whole"));
  EXPECT_EQ(weights_hash("stopped"), weights_hash("whole"));
}

TEST_F(SamRun, TheModelNeedsNoOtherFilesAndKeepsItsWords) {
  set_sam({"train.steps=5"});
  run("run");
  const LoadedModel model = load_model(folder_.path() / "run");
  EXPECT_EQ(model.card.network.name, "sam");
  const auto& sam = model.card.network.own.as<sam::SamNetworkOptions>();
  EXPECT_EQ(sam.texts.size(), 3U);
  EXPECT_EQ(sam.texts[0], "right ventricle|RV");
  EXPECT_EQ(sam.tile, 32);
  EXPECT_EQ(model.card.training.at("weights").at("sam"), "random");
  EXPECT_NE(model.network->prompted(), nullptr);
}

TEST_F(SamRun, FrozenWeightsStayAndAreKeptOnce) {
  set_sam({"train.steps=6", "train.weight_decay=0.1", "train.checkpoint_every=3"});
  run("run");
  const auto checkpoint = load_latest_checkpoint(folder_.path() / "run");
  ASSERT_TRUE(checkpoint.has_value());
  const auto fresh = state_of(*make_network(options_.network, {1, 4}, 1));
  const std::string encoder = "sam.image_encoder.patch_embed.proj.weight";
  const std::string decoder = "sam.mask_decoder.mask_tokens.weight";
  EXPECT_TRUE(checkpoint->tensors.at("network." + encoder).equal(fresh.at(encoder)));
  EXPECT_FALSE(checkpoint->tensors.at("network." + decoder).equal(fresh.at(decoder)));
  EXPECT_EQ(checkpoint->tensors.count("average." + encoder), 0U);
  EXPECT_EQ(checkpoint->tensors.count("adam.m.network." + encoder), 0U);
  EXPECT_EQ(checkpoint->tensors.count("average." + decoder), 1U);
}

TEST_F(SamRun, PartialCrossEntropyTrainsItToo) {
  set_sam({"train.steps=2", "method.name=pce"});
  EXPECT_EQ(run("run").steps, 2);
}

TEST_F(SamRun, AnUntrainedRunIsTheModelAsItStarts) {
  set_sam({"train.steps=5", "train.untrained=true"});
  EXPECT_EQ(run("run").steps, 0);
  const LoadedModel model = load_model(folder_.path() / "run");
  const auto fresh = state_of(*make_network(options_.network, {1, 4}, 1));
  for (const auto& [name, tensor] : state_of(*model.network)) {
    EXPECT_TRUE(tensor.equal(fresh.at(name))) << name;
  }
}

TEST_F(SamRun, APoolIsRefilledWhenARunGoesOn) {
  for (const char* space : {"image", "embedding"}) {
    set_sam({"train.steps=10", "train.checkpoint_every=5", "train.validate_every=5",
             "sam.pool_batches=2", "sam.pool_reuse=2", std::string("sam.mix_space=") + space});
    const std::string name = space;
    run(name);
    TrainingHooks stop;
    std::int64_t steps = 0;
    stop.on_step = [&steps](const StepReport& report, const StepProgress&) { steps = report.step; };
    stop.stop_requested = [&steps] { return steps == 5; };  // in the middle of the pool's round
    run(name + "_stopped", false, stop);
    run(name + "_stopped", true);
    EXPECT_EQ(state_hash(name + "_stopped"), state_hash(name)) << space;
  }
  EXPECT_NE(state_hash("image"), state_hash("embedding"));
}

TEST_F(SamRun, ValidatesWithBoxesOfTheReference) {
  set_sam({"train.steps=1", "validate.box=reference", "sam.prompts=box"});
  EXPECT_EQ(run("run").steps, 1);
  set({"train.steps=1", "validate.box=reference"});
  EXPECT_THROW(run("unet"), Error);
}

TEST_F(SamRun, AMixBeforeTheCropIsRefused) {
  EXPECT_THROW(set_sam({"intra_mix.order=intra_first"}), Error);
}

TEST_F(SamRun, BoxesNeedASam) {
  set_sam({"train.steps=1"});
  run("run");
  LoadedModel model = load_model(folder_.path() / "run");
  const PredictOptions first{.box = BoxKind::kFirstPass, .box_margin = 0.25},
      given{.box = BoxKind::kReference, .box_from = "labels", .box_shift_px = 5};
  move_for_prediction(*model.network, first);
  EXPECT_EQ(box_source_text(*model.network, first), "first pass, margin 0.25");
  EXPECT_EQ(box_source_text(*model.network, given),
            "reference labels of labels, corners shifted by up to 5 px of 1024");
  EXPECT_EQ(box_source_text(*model.network, {}), "whole image");
  const auto unet = make_network({"unet", {"network.width=2"}}, {1, 4}, 1);
  EXPECT_EQ(box_source_text(*unet, {}), "");
  for (const PredictOptions& options : {first, given}) {
    EXPECT_THROW(move_for_prediction(*unet, options), Error);
  }
}

TEST_F(SamRun, AGivenBoxIsWhatTheNetworkIsAskedWith) {
  set_sam({"train.steps=1"});
  run("run");
  LoadedModel model = load_model(folder_.path() / "run");
  model.card.prepare.spacing_mm = 0;  // no padding: tiles have a side of 32
  Image image{.geometry = {.size = {40, 32, 3}}, .voxels = std::vector<float>(40 * 32 * 3)};
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  for (float& voxel : image.voxels) voxel = static_cast<float>(random.uniform(0, 1));
  const auto probabilities = [&](const PredictOptions& options, const SliceBoxes* boxes) {
    move_for_prediction(*model.network, options);
    return predict_classes(*model.network, model.card, {image}, options, true, {}, boxes)
        .probabilities;
  };
  const SliceBoxes boxes{ClassBoxes(3, SliceBox{0, 0, 40, 32}), ClassBoxes(3),
                         ClassBoxes(3, SliceBox{10, 5, 20, 15})};
  const auto whole = probabilities({}, nullptr);
  const auto given = probabilities({.box = BoxKind::kFile}, &boxes);
  const auto again = probabilities({}, nullptr);
  for (std::size_t c = 0; c < whole.size(); ++c) {
    EXPECT_TRUE(std::ranges::equal(whole[c].slice(0), given[c].slice(0))) << "the whole slice";
    EXPECT_EQ(given[c].slice(1).front() > 0.99F, c == 0) << "no box: background";
    EXPECT_FALSE(std::ranges::equal(whole[c].slice(2), given[c].slice(2)));
    EXPECT_EQ(whole[c].voxels, again[c].voxels);
  }
}

}  // namespace
}  // namespace medcl
