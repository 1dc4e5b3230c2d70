// SPDX-License-Identifier: Apache-2.0
// Whole runs of a network of volumes: from scribbled volumes through the engine and a model on disk
// to predictions.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "medcl/core/test_paths.h"
#include "medcl/dataset/read_case.h"
#include "medcl/dataset/test_volumes.h"
#include "medcl/evaluation/overlap.h"
#include "medcl/model/model_file.h"
#include "medcl/task/loop.h"
#include "medcl/task/memory.h"
#include "medcl/task/test_volume_network.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// No multiple of the tiles in any axis.
constexpr Size3 kSize{27, 30, 13};
constexpr std::int32_t kIgnore = 3;

/// A bright ball (1) and a dark box (2) in a grey volume with noise.
struct Scene {
  Image image;
  Labels dense;
};

Scene scene(std::uint64_t seed) {
  RandomStream random({.seed = seed, .purpose = Purpose::kTest});
  const Geometry geometry{kSize, {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 2, 0}}}};
  const double ball[] = {random.uniform(7, 12), random.uniform(7, 22), random.uniform(4, 8)};
  const double box[] = {random.uniform(19, 22), random.uniform(8, 21), random.uniform(4, 8)};
  Scene made{{geometry, {}}, {geometry, {}}};
  for (std::int64_t k = 0; k < kSize[2]; ++k) {
    for (std::int64_t j = 0; j < kSize[1]; ++j) {
      for (std::int64_t i = 0; i < kSize[0]; ++i) {
        const double x = double(i), y = double(j), z = double(k);
        const bool in_ball = std::hypot(x - ball[0], y - ball[1], 2 * (z - ball[2])) < 6;
        const bool in_box =
            std::abs(x - box[0]) < 4 && std::abs(y - box[1]) < 5 && std::abs(z - box[2]) < 3;
        made.dense.voxels.push_back(in_ball ? 1 : in_box ? 2 : 0);
        made.image.voxels.push_back(static_cast<float>((in_ball  ? 1.0
                                                        : in_box ? -1.0
                                                                 : 0.0) +
                                                       0.2 * random.normal()));
      }
    }
  }
  return made;
}

/// Every fourth row of every third slice.
Labels scribbles(const Labels& dense) {
  Labels drawn = dense;
  const Size3& size = dense.geometry.size;
  for (std::int64_t v = 0; v < dense.geometry.voxel_count(); ++v) {
    const std::int64_t row = v / size[0] % size[1], slice = v / (size[0] * size[1]);
    if (row % 4 != 0 || slice % 3 != 0) drawn.voxels[static_cast<std::size_t>(v)] = kIgnore;
  }
  return drawn;
}

class VolumeRun : public ::testing::Test {
 protected:
  VolumeRun() {
    dataset_.root = folder_ / "data";
    dataset_.name = "volumes";
    dataset_.channel_names = {"MR"};
    dataset_.labels = {{{"background", 0}, {"one", 1}, {"two", 2}}, kIgnore};
    dataset_.splits.resize(1);
  }

  void add_case(const std::string& id, const Image& image, const Labels& labels, bool dense) {
    fs::create_directories(dataset_.root / "imagesTr");
    fs::create_directories(dataset_.root / "labelsTr");
    const SourceHeader header = make_source_header(image.geometry);
    write_image(image_path(dataset_, id, 0), image, header);
    write_labels(label_path(dataset_, id), dense ? labels : scribbles(labels), header);
    auto& split = dataset_.splits.front();
    (dense ? split.validation : split.train).push_back(id);
    dataset_.cases.push_back({id, {image_path(dataset_, id, 0)}, label_path(dataset_, id)});
  }

  void finish_dataset() {
    write_dataset_json(dataset_);
    dataset_ = read_dataset(dataset_.root);
  }

  void write_scenes() {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      const Scene one = scene(seed);
      add_case("case" + std::to_string(seed), one.image, one.dense, seed == 4);
    }
    finish_dataset();
  }

  void set(const std::vector<std::string>& settings) {
    std::vector<std::string> all = {"network.name=tiny_volume",
                                    "crop.size=16",
                                    "crop.depth=8",
                                    "sampler.batch=4",
                                    "train.threads=1",
                                    "train.precision=fp32",
                                    "prepare.orientation=array",
                                    "prepare.normalisation=volume-zscore",
                                    "schedule.learning_rate=0.01",
                                    "train.validate_every=1000",
                                    "validate.flips=true"};
    all.insert(all.end(), settings.begin(), settings.end());
    options_ = resolve_options("", {}, all);
    settle_options(options_, dataset_);
  }

  /// The total loss of every step.
  std::vector<double> run(const std::string& name) {
    std::vector<double> totals;
    TrainingHooks hooks;
    hooks.on_step = [&totals](const StepReport& report, const StepProgress&) {
      totals.push_back(report.total);
    };
    train(dataset_, options_, folder_ / name, folder_ / "cache", {}, hooks);
    return totals;
  }

  /// Of the validation case by the model on disk.
  ClassPrediction predicted(const std::string& name) {
    const LoadedModel model = load_model(folder_ / name);
    const Case* one = dataset_.find(dataset_.splits.front().validation.front());
    const CaseVolumes volumes = read_case(*one, dataset_);
    reference_ = volumes.class_indices;
    PredictOptions options;
    options.flips = true;
    return predict_classes(*model.network, model.card, {volumes.channels.front().volume}, options,
                           /*keep_probabilities=*/true);
  }

  double dice(const ClassPrediction& prediction, std::uint8_t k) const {
    Overlap overlap;
    for (std::size_t v = 0; v < reference_.size(); ++v) {
      overlap.add(prediction.classes.voxels[v] == k, reference_[v] == k);
    }
    return overlap.dice();
  }

  AddedNetwork added_{tiny_volume_network()};
  TestFolder folder_;
  Dataset dataset_;
  RunOptions options_;
  std::vector<std::uint8_t> reference_;
};

double mean(const std::vector<double>& values, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) sum += values.at(i);
  return sum / static_cast<double>(count);
}

void expect_probabilities(const ClassPrediction& prediction, std::size_t classes) {
  ASSERT_EQ(prediction.probabilities.size(), classes);
  for (std::size_t v = 0; v < prediction.classes.voxels.size(); ++v) {
    double sum = 0;
    for (const Image& probability : prediction.probabilities) sum += probability.voxels[v];
    ASSERT_NEAR(sum, 1, 1e-4);
    ASSERT_LT(prediction.classes.voxels[v], classes);
  }
}

TEST_F(VolumeRun, LearnsToSegmentVolumesFromScribbles) {
  write_scenes();
  for (const std::string method : {"pce", "mixup", "medcl"}) {
    SCOPED_TRACE(method);
    set({"method.name=" + method, "train.steps=40"});
    const auto totals = run(method);
    ASSERT_EQ(totals.size(), 40U);
    EXPECT_LT(mean(totals, 35, 5), 0.8 * mean(totals, 0, 5));
    const ClassPrediction prediction = predicted(method);
    EXPECT_EQ(prediction.classes.geometry.size, kSize);
    expect_probabilities(prediction, 3);
    EXPECT_GT(dice(prediction, 1), 0.7);
    EXPECT_GT(dice(prediction, 2), 0.7);
  }
}

TEST_F(VolumeRun, EveryMethodThatTheNetworkSuitsTakesPatches) {
  write_scenes();
  for (const std::string& method : method_names()) {
    SCOPED_TRACE(method);
    set({"method.name=" + method, "train.steps=2"});
    const MethodNeeds needs = needs_of(options_);
    const NetworkWish& wish = needs.network;
    if (wish.further_decoders > 0 || wish.deep_supervision || wish.features) continue;
    if (needs.dense_labels) continue;
    for (const double total : run(method)) EXPECT_TRUE(std::isfinite(total));
  }
}

TEST_F(VolumeRun, IsTheSameWhateverTheNumberOfLoaderThreads) {
  write_scenes();
  set({"method.name=medcl", "train.steps=3", "train.workers=0"});
  const auto alone = run("alone");
  options_.train.workers = 3;
  EXPECT_EQ(run("together"), alone);
}

TEST_F(VolumeRun, DepthThatDoesNotSuitTheNetworkIsRefused) {
  write_scenes();
  const auto message = message_of(ErrorCode::kUsage, [&] {
    set({"train.steps=1", "crop.depth=7"});
  });
  EXPECT_THAT(message, HasSubstr("crop.depth"));
  EXPECT_THAT(message, HasSubstr("a multiple of 2"));
  const auto slices = message_of(ErrorCode::kUsage, [&] {
    set({"train.steps=1", "network.name=unet", "crop.depth=2"});
  });
  EXPECT_THAT(slices, HasSubstr("one slice at a time"));
}

TEST_F(VolumeRun, MemoryGrowsWithTheDepthOfAPatch) {
  write_scenes();
  set({"method.name=pce", "train.steps=1", "crop.depth=8"});
  const auto shallow = static_cast<double>(training_bytes(options_));
  set({"method.name=pce", "train.steps=1", "crop.depth=16"});
  const auto deep = static_cast<double>(training_bytes(options_));
  EXPECT_EQ(deep - shallow, 4 * 16.0 * 8 * 8 * 16 * 16);
}

TEST(AddedNetwork, IsThereAsLongAsItsObject) {
  const auto there = [] {
    const auto names = network_names();
    return std::ranges::count(names, "tiny_volume");
  };
  EXPECT_EQ(there(), 0);
  {
    const AddedNetwork added(tiny_volume_network());
    EXPECT_EQ(there(), 1);
    EXPECT_EQ(NetworkOptions("tiny_volume").traits().axes, 3);
  }
  EXPECT_EQ(there(), 0);
}

TEST_F(VolumeRun, SegmentsRealHippocampi) {
  const auto data = data_folder();
  if (!data || !fs::exists(*data / "hippocampus")) {
    GTEST_SKIP() << "no hippocampi at hand (MEDCL_DATA)";
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(*data / "hippocampus" / "imagesTr")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  ASSERT_GE(files.size(), 4U);
  for (std::size_t n = 0; n < 4; ++n) {
    const fs::path name = files[n].filename();
    const Loaded<float> image = read_image(files[n]);
    Labels labels = read_labels(*data / "hippocampus" / "labelsTr" / name).volume;
    labels.geometry = image.volume.geometry;
    add_case("case" + std::to_string(n), image.volume, labels, n == 3);
  }
  finish_dataset();
  set({"method.name=medcl", "train.steps=30"});
  for (const double total : run("run")) EXPECT_TRUE(std::isfinite(total));
  const ClassPrediction prediction = predicted("run");
  EXPECT_EQ(prediction.classes.voxels.size(), reference_.size());
  expect_probabilities(prediction, 3);
}

}  // namespace
}  // namespace medcl
