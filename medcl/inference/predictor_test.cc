// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/predictor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/image/test_support.h"
#include "medcl/inference/postprocess.h"

namespace medcl {
namespace {

/// Class 1 where the first channel exceeds 0.5; knows nothing of neighbours.
class ThresholdNetwork : public Network {
 public:
  ThresholdNetwork(std::int64_t multiple, std::int64_t fixed, std::int64_t classes = 2)
      : multiple_(multiple), fixed_(fixed), classes_(classes) {}

  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) override {
    largest_batch = std::max(largest_batch, image_bchw.size(0));
    was_training = is_training();
    had_gradient = torch::GradMode::is_enabled();
    for (const std::int64_t axis : {2, 3}) {
      EXPECT_EQ(image_bchw.size(axis) % multiple_, 0);
      EXPECT_TRUE(fixed_ == 0 || image_bchw.size(axis) == fixed_);
    }
    auto score_bkhw =
        torch::full({image_bchw.size(0), classes_, image_bchw.size(2), image_bchw.size(3)}, -100.0);
    score_bkhw.select(1, 0).zero_();
    score_bkhw.select(1, classes_ - 1).copy_((image_bchw.select(1, 0) - 0.5) * 100);
    return {.logits_bks = score_bkhw};
  }
  [[nodiscard]] NetworkTraits traits() const override {
    return {.multiple = {1, multiple_, multiple_}, .fixed = {0, fixed_, fixed_}};
  }
  void set_compute_type(torch::ScalarType) override {}

  std::int64_t largest_batch = 0;
  bool was_training = true, had_gradient = true;

 private:
  std::int64_t multiple_, fixed_, classes_;
};

/// Class 1 on the left side of its input, whatever the image is.
class LeftNetwork : public ThresholdNetwork {
 public:
  LeftNetwork() : ThresholdNetwork(16, 0) {}
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) override {
    const auto column = torch::arange(image_bchw.size(3), torch::kFloat32);
    const auto score = (4.0 - column).expand({image_bchw.size(0), 1, image_bchw.size(2), -1});
    return {.logits_bks = torch::cat({-score, score}, 1)};
  }
};

/// Reports not-a-number.
class BrokenNetwork : public ThresholdNetwork {
 public:
  BrokenNetwork() : ThresholdNetwork(16, 0) {}
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) override {
    return {.logits_bks = torch::full(
                {image_bchw.size(0), 2, image_bchw.size(2), image_bchw.size(3)}, std::nan(""))};
  }
};

ModelCard card_for(std::int64_t channels, std::vector<LabelClass> classes) {
  ModelCard card;
  for (std::int64_t c = 0; c < channels; ++c) card.channel_names.push_back(std::to_string(c));
  card.labels.classes = std::move(classes);
  card.prepare.normalisation = Normalisation::kUnitRange;
  card.prepare.clip_percentile = 100;
  return card;
}

ModelCard two_classes() { return card_for(1, {{"background", 0}, {"heart", 200}}); }

/// Values k/64 from 0 to 1 without 0.5; both ends occur.
Image random_image(const Size3& size, std::uint64_t seed) {
  RandomStream random({seed, 0, 0, Purpose::kTest});
  Image image;
  image.geometry.size = size;
  image.geometry.world_from_index = {{{0, 0.7, 0, 5}, {-0.9, 0, 0, -7}, {0, 0, 8, 3}}};
  image.voxels.resize(static_cast<std::size_t>(image.geometry.voxel_count()));
  for (float& voxel : image.voxels) {
    const std::int64_t step = random.integer(64);
    voxel = static_cast<float>(step < 32 ? step : step + 1) / 64.0F;
  }
  image.voxels.front() = 0;
  image.voxels.back() = 1;
  return image;
}

std::vector<std::int32_t> thresholded(const Image& image, std::int32_t value) {
  std::vector<std::int32_t> labels;
  for (const float voxel : image.voxels) labels.push_back(voxel > 0.5F ? value : 0);
  return labels;
}

TEST(Predictor, ReturnsTheInputGridForAnySize) {
  std::vector<Size3> sizes{{1, 1, 2}, {1, 17, 1}, {300, 217, 2}, {16, 16, 3}, {1100, 20, 1}};
  RandomStream random({1, 0, 0, Purpose::kTest});
  for (int i = 0; i < 12; ++i) {
    sizes.push_back({1 + random.integer(120), 2 + random.integer(120), 1 + random.integer(9)});
  }
  for (const std::int64_t fixed : {0, 32}) {
    for (const Size3& size : sizes) {
      if (fixed > 0 && size[0] > 400) continue;
      SCOPED_TRACE(std::to_string(size[0]) + " x " + std::to_string(size[1]));
      const Image image = random_image(size, 7);
      ThresholdNetwork network(16, fixed);
      const Prediction prediction = predict_case(network, two_classes(), {image}, {});
      EXPECT_EQ(prediction.labels.geometry.size, size);
      EXPECT_EQ(prediction.labels.geometry.world_from_index, image.geometry.world_from_index);
      EXPECT_EQ(prediction.labels.voxels, thresholded(image, 200));
    }
  }
}

/// As ThresholdNetwork, of volumes.
class ThresholdVolumes final : public Network {
 public:
  [[nodiscard]] NetworkTraits traits() const override { return {.axes = 3, .multiple = {2, 4, 4}}; }
  void set_compute_type(torch::ScalarType) override {}
  std::int64_t passes = 0;

 private:
  NetworkOutput pass(const torch::Tensor& image_bcs, const ClassPrompts* /*prompts*/) override {
    ++passes;
    EXPECT_EQ(image_bcs.sizes(), (std::vector<std::int64_t>{1, 2, 4, 16, 16}));
    const auto score_bks = (image_bcs.narrow(1, 1, 1) - 0.5) * 100;
    return {.logits_bks = torch::cat({-score_bks, score_bks}, 1)};
  }
};

TEST(Predictor, CoversVolumesOfAnySizeWithTheTilesOfTraining) {
  ModelCard card = card_for(2, two_classes().labels.classes);
  card.crop_size = 16;
  card.crop_depth = 4;
  for (const Size3& size : {Size3{1, 2, 1}, {16, 16, 4}, {17, 16, 5}, {40, 9, 11}, {23, 31, 3}}) {
    for (const bool flips : {false, true}) {
      const Image first = random_image(size, 3), second = random_image(size, 4);
      ThresholdVolumes network;
      PredictOptions options;
      options.flips = flips;
      const auto prediction = predict_case(network, card, {first, second}, options, true);
      EXPECT_EQ(prediction.labels.geometry.size, size);
      EXPECT_EQ(prediction.labels.voxels, thresholded(second, 200));
      EXPECT_EQ(network.passes % (flips ? 8 : 1), 0);
    }
  }
}

TEST(Predictor, FindsLandmarksWithinHalfAVoxelAfterResampling) {
  Image image;
  image.geometry.size = {97, 71, 1};
  image.geometry.world_from_index = {{{0.8, 0, 0, 0}, {0, 1.1, 0, 0}, {0, 0, 8, 0}}};
  RandomStream random({3, 0, 0, Purpose::kTest});
  for (const double spacing : {0.6, 1.37, 2.0}) {
    for (int trial = 0; trial < 5; ++trial) {
      const double x = random.uniform(20, 76), y = random.uniform(18, 52);
      image.voxels.assign(97 * 71, 0);
      for (std::int64_t j = 0; j < 71; ++j) {
        for (std::int64_t i = 0; i < 97; ++i) {
          const double r =
              std::hypot(0.8 * (static_cast<double>(i) - x), 1.1 * (static_cast<double>(j) - y));
          image.voxels[static_cast<std::size_t>(j * 97 + i)] =
              static_cast<float>(std::exp(-r * r / 128));
        }
      }
      ModelCard card = two_classes();
      card.prepare.spacing_mm = spacing;
      ThresholdNetwork network(16, 0);
      const Labels labels = predict_case(network, card, {image}, {}).labels;
      double count = 0, sum_x = 0, sum_y = 0;
      for (std::size_t v = 0; v < labels.voxels.size(); ++v) {
        if (labels.voxels[v] == 0) continue;
        ++count;
        sum_x += static_cast<double>(v % 97);
        sum_y += static_cast<double>(v / 97);
      }
      ASSERT_GT(count, 20);
      EXPECT_NEAR(sum_x / count, x, 0.5);
      EXPECT_NEAR(sum_y / count, y, 0.5);
    }
  }
}

TEST(Predictor, FlipsChangeNothingForASymmetricNetwork) {
  const Image image = random_image({53, 37, 3}, 11);
  ThresholdNetwork network(16, 0);
  PredictOptions flips;
  flips.flips = true;
  const auto plain = predict_case(network, two_classes(), {image}, {}, true);
  const auto mirrored = predict_case(network, two_classes(), {image}, flips, true);
  EXPECT_EQ(plain.labels.voxels, mirrored.labels.voxels);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    EXPECT_NEAR(plain.probabilities[1].voxels[v], mirrored.probabilities[1].voxels[v], 1e-6);
  }
}

TEST(Predictor, FlipsAverageMirrorImages) {
  const Image image = random_image({16, 16, 1}, 12);
  LeftNetwork network;
  PredictOptions flips;
  flips.flips = true;
  const auto prediction = predict_case(network, two_classes(), {image}, flips, true);
  const auto& heart = prediction.probabilities[1].voxels;
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(heart[i], heart[15 - i], 1e-6);
  EXPECT_NEAR(heart[0], 0.5, 1e-3);
}

TEST(Predictor, ProbabilitiesSumToOneAndAgreeWithTheLabels) {
  const Image image = random_image({41, 23, 5}, 13);
  ModelCard card = card_for(1, {{"background", 0}, {"a", 500}, {"b", 1220}});
  card.prepare.spacing_mm = 1.3;
  ThresholdNetwork network(16, 0, 3);
  PredictOptions options;
  options.batch = 2;
  const auto prediction = predict_case(network, card, {image}, options, true);
  EXPECT_EQ(network.largest_batch, 2);
  ASSERT_EQ(prediction.probabilities.size(), 3U);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    double sum = 0;
    std::size_t best = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      sum += prediction.probabilities[c].voxels[v];
      if (prediction.probabilities[c].voxels[v] > prediction.probabilities[best].voxels[v])
        best = c;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_EQ(prediction.labels.voxels[v], card.labels.classes[best].value);
  }
}

TEST(Predictor, DoesNotDependOnTheBatchSize) {
  const Image image = random_image({33, 29, 7}, 14);
  ModelCard card = two_classes();
  card.prepare.spacing_mm = 1.1;
  ThresholdNetwork network(16, 0);
  PredictOptions one, many;
  one.batch = 1;
  many.batch = 16;
  EXPECT_EQ(predict_case(network, card, {image}, one).labels.voxels,
            predict_case(network, card, {image}, many).labels.voxels);
}

TEST(Predictor, LeavesTheTrainingModeAsItWas) {
  const Image image = random_image({20, 20, 1}, 15);
  for (const bool training : {true, false}) {
    ThresholdNetwork network(16, 0);
    network.train(training);
    predict_case(network, two_classes(), {image}, {});
    EXPECT_FALSE(network.was_training);
    EXPECT_FALSE(network.had_gradient);
    EXPECT_EQ(network.is_training(), training);
    EXPECT_TRUE(torch::GradMode::is_enabled());
    EXPECT_THROW(predict_case(network, two_classes(), {}, {}), Error);
    EXPECT_EQ(network.is_training(), training);
  }
}

TEST(Predictor, KeepsTheLargestComponentOnRequest) {
  Image image = random_image({40, 30, 2}, 16);
  std::fill(image.voxels.begin(), image.voxels.end(), 0.0F);
  for (std::size_t v : {5U, 6U, 7U, 900U}) image.voxels[v] = 1;
  ThresholdNetwork network(16, 0);
  PredictOptions options;
  options.largest_component = "each";
  auto expected = thresholded(image, 200);
  EXPECT_EQ(predict_case(network, two_classes(), {image}, {}).labels.voxels, expected);
  expected[900] = 0;
  EXPECT_EQ(predict_case(network, two_classes(), {image}, options).labels.voxels, expected);
  ModelCard card = two_classes();
  card.components.rule = "each";
  EXPECT_EQ(predict_case(network, card, {image}, {}).labels.voxels, expected) << "the model's rule";
  PredictOptions everything;
  everything.largest_component = "none";
  EXPECT_EQ(predict_case(network, card, {image}, everything).labels.voxels[900], 200);
  EXPECT_EQ(postprocessing_text({}, card), "largest 3-D component of each class");
  EXPECT_EQ(postprocessing_text(everything, card), "none");
  const auto classes = predict_classes(network, two_classes(), {image}, options).classes;
  EXPECT_EQ(classes.geometry.size, image.geometry.size);
  for (std::size_t v = 0; v < expected.size(); ++v) {
    ASSERT_EQ(classes.voxels[v], expected[v] == 200 ? 1 : 0);
  }
}

ErrorCode code_of(Network& network, const ModelCard& card, const std::vector<Image>& channels) {
  try {
    predict_case(network, card, channels, {});
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUsage;
}

/// Looks at the image and at where it is in the slice: mirrored or turned slices differ.
class PlaceNetwork : public ThresholdNetwork {
 public:
  PlaceNetwork() : ThresholdNetwork(16, 0) {}
  NetworkOutput pass(const torch::Tensor& image_bchw, const ClassPrompts* /*prompts*/) override {
    const auto column = torch::arange(image_bchw.size(3), torch::kFloat32);
    const auto row = torch::arange(image_bchw.size(2), torch::kFloat32).unsqueeze(1);
    const auto score = image_bchw.select(1, 0).unsqueeze(1) * 3 + column * 0.7 - row * 0.9;
    return {.logits_bks = torch::cat({-score, score}, 1)};
  }
};

TEST(Predictor, StoredOrderChangesNothingInTheWorld) {
  ModelCard card = two_classes();
  card.prepare.normalisation = Normalisation::kVolumeZscore;
  card.prepare.spacing_mm = 1.1;
  PlaceNetwork network;
  for (const char* codes : {"RAS", "LPS", "ASR"}) {
    card.prepare.orientation = codes;
    const Image image = random_image({9, 14, 5}, 21);
    const Prediction expected = predict_case(network, card, {image}, {}, true);
    EXPECT_GT(std::ranges::count(expected.labels.voxels, 200), 20);
    EXPECT_GT(std::ranges::count(expected.labels.voxels, 0), 20);
    for (const AxisOrder& order : testing::all_axis_orders()) {
      Image other = image;
      reorder(other, order);
      Prediction found = predict_case(network, card, {other}, {}, true);
      EXPECT_EQ(found.labels.geometry.world_from_index, other.geometry.world_from_index);
      reorder(found.labels, inverse(order));
      EXPECT_EQ(found.labels.voxels, expected.labels.voxels);
      for (std::size_t c = 0; c < 2; ++c) {
        reorder(found.probabilities[c], inverse(order));
        EXPECT_EQ(found.probabilities[c].voxels, expected.probabilities[c].voxels);
      }
    }
  }
}

TEST(Predictor, TakesArraysAsTheyAreStoredWhenTheModelDoes) {
  ModelCard card = two_classes();
  card.prepare.orientation = "array";
  LeftNetwork network;
  const Image image = random_image({20, 18, 3}, 22);
  const auto expected = predict_case(network, card, {image}, {}).labels.voxels;
  for (const AxisOrder& order : testing::all_axis_orders()) {
    Geometry geometry = image.geometry;  // the same array under another header
    geometry.world_from_index = reordered(geometry, order).world_from_index;
    EXPECT_EQ(predict_case(network, card, {{geometry, image.voxels}}, {}).labels.voxels, expected);
  }
}

TEST(Predictor, RefusesWhatDoesNotFitTheModel) {
  const Image image = random_image({20, 20, 2}, 17);
  Image moved = image;
  moved.geometry.world_from_index[0][3] += 1;
  Image hole = image;
  hole.voxels[3] = std::nanf("");
  ThresholdNetwork network(16, 0);
  const ModelCard one = two_classes();
  const ModelCard two = card_for(2, one.labels.classes);
  const ModelCard other = card_for(1, {{"background", 0}, {"a", 1}, {"b", 2}});
  EXPECT_EQ(code_of(network, one, {image, image}), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(network, two, {image}), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(network, two, {image, moved}), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(network, other, {image}), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of(network, one, {hole}), ErrorCode::kInvalidData);
  EXPECT_EQ(code_of(network, one, {Image{}}), ErrorCode::kInvalidData);
  BrokenNetwork broken;
  EXPECT_EQ(code_of(broken, one, {image}), ErrorCode::kFailure);
}

TEST(Predictor, ReportsEverySliceOnce) {
  const Image image = random_image({20, 20, 9}, 18);
  ThresholdNetwork network(16, 0);
  std::vector<std::int64_t> seen;
  predict_case(network, two_classes(), {image}, {}, false,
               [&](std::int64_t done, std::int64_t total) {
                 EXPECT_EQ(total, 9);
                 seen.push_back(done);
               });
  EXPECT_EQ(seen, (std::vector<std::int64_t>{4, 8, 9}));
}

}  // namespace
}  // namespace medcl
