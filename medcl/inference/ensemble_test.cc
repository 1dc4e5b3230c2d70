// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPlenty = INT64_MAX;

class EnsembleOfModels : public testing::Test {
 protected:
  void SetUp() override {
    card_.network = {"unet", {"network.width=4"}};
    card_.channel_names = {"MR"};
    card_.labels.classes = {{"background", 0}, {"inner", 1}, {"outer", 2}};
    card_.prepare.orientation = "array";
    card_.crop_size = 32;
    RandomStream random({.seed = 3, .purpose = Purpose::kTest});
    image_.geometry.size = {40, 33, 5};
    image_.voxels.resize(static_cast<std::size_t>(image_.geometry.voxel_count()));
    for (float& voxel : image_.voxels) voxel = static_cast<float>(random.normal());
  }

  fs::path save(const std::string& name, std::uint64_t seed) {
    save_model(folder_ / name, card_, *make_network(card_.network, {1, 3}, seed));
    return folder_ / name;
  }

  ClassPrediction predict(Ensemble& models) {
    return predict_classes(models.voters(), models.card(), {image_}, {}, true);
  }
  ClassPrediction predict(const fs::path& model) {
    const LoadedModel one = load_model(model);
    return predict_classes(*one.network, one.card, {image_}, {}, true);
  }

  TestFolder folder_;
  ModelCard card_;
  Image image_;
};

void expect_same(const ClassPrediction& a, const ClassPrediction& b) {
  EXPECT_EQ(a.classes.voxels, b.classes.voxels);
  ASSERT_EQ(a.probabilities.size(), b.probabilities.size());
  for (std::size_t c = 0; c < a.probabilities.size(); ++c) {
    EXPECT_EQ(a.probabilities[c].voxels, b.probabilities[c].voxels);
  }
}

TEST_F(EnsembleOfModels, OfOneModelIsTheModelToTheBit) {
  Ensemble one({save("a", 1)}, {}, kPlenty);
  EXPECT_EQ(one.size(), 1U);
  expect_same(predict(one), predict(folder_ / "a"));
}

TEST_F(EnsembleOfModels, OfTwoHasTheMeanOfTheirProbabilities) {
  Ensemble two({save("a", 1), save("b", 2)}, {}, kPlenty);
  const ClassPrediction both = predict(two);
  const ClassPrediction a = predict(folder_ / "a"), b = predict(folder_ / "b");
  std::size_t apart = 0;
  for (std::size_t i = 0; i < image_.voxels.size(); ++i) {
    std::vector<float> mean;
    for (std::size_t c = 0; c < 3; ++c) {
      mean.push_back((a.probabilities[c].voxels[i] + b.probabilities[c].voxels[i]) / 2);
      ASSERT_NEAR(both.probabilities[c].voxels[i], mean.back(), 1e-6);
    }
    const auto best = std::ranges::max_element(mean);
    if (*best > mean[both.classes.voxels[i]] + 1e-6F) ++apart;
  }
  EXPECT_EQ(apart, 0U) << "the class is that of the highest mean";
  EXPECT_NE(a.classes.voxels, b.classes.voxels) << "the models are to differ";
}

TEST_F(EnsembleOfModels, IsTheSameWithOneModelInMemoryAtATime) {
  const std::vector<fs::path> places = {save("a", 1), save("b", 2), save("c", 3)};
  std::vector<fs::path> settled;
  Ensemble all(places, {}, kPlenty);
  Ensemble few(
      places, [&](LoadedModel& model) { settled.push_back(model.folder); }, 0);
  EXPECT_TRUE(all.stays());
  EXPECT_FALSE(few.stays());
  expect_same(predict(few), predict(all));
  expect_same(predict(few), predict(all));
  EXPECT_GE(settled.size(), 6U) << "every model that is read again is settled again";
}

TEST_F(EnsembleOfModels, ReportsEverySliceOnce) {
  Ensemble two({save("a", 1), save("b", 2)}, {}, kPlenty);
  std::vector<std::int64_t> done;
  predict_classes(two.voters(), two.card(), {image_}, {}, false,
                  [&](std::int64_t slices, std::int64_t) { done.push_back(slices); });
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), 5);
}

TEST_F(EnsembleOfModels, RefusesModelsThatDoNotFitTogether) {
  const fs::path a = save("a", 1);
  const auto refused = [&](const std::string& what) {
    try {
      Ensemble two({a, save("b", 2)}, {}, kPlenty);
      ADD_FAILURE() << "took models of other " << what;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  card_.prepare.spacing_mm = 2;
  refused("preparation");
  card_.prepare.spacing_mm = 0;
  card_.channel_names = {"CT"};
  refused("channels");
  card_.channel_names = {"MR"};
  card_.labels.classes[1].name = "other";
  refused("labels");
}

TEST(CommonRule, IsThatOfMostAndOfEquallyManyTheOneThatRemovesLess) {
  const auto of = [](const std::vector<std::string>& names) {
    std::vector<ComponentRule> rules;
    for (const std::string& name : names) rules.push_back({.rule = name});
    return common_rule(rules).rule;
  };
  EXPECT_EQ(of({"both", "none", "both"}), "both");
  EXPECT_EQ(of({"both", "each"}), "each");
  EXPECT_EQ(of({"together", "together", "both", "both", "none"}), "together");
}

}  // namespace
}  // namespace medcl
