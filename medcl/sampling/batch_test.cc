// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/batch.h"

#include <gtest/gtest.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

class SmallStore : public ::testing::Test {
 protected:
  SmallStore()
      : store_(CaseStore::build(write_small_dataset(folder_.path() / "data"), {},
                                folder_.path() / "cache")) {}

  /// Every slice of cases a (scribbled) and b (unlabelled), with crops as they fall.
  [[nodiscard]] Batch batch(const SampleOptions& options, std::int64_t step = 3) const {
    std::vector<SliceRef> slices;
    for (std::int64_t k = 0; k < 4; ++k) {
      slices.push_back({0, k, true});
      slices.push_back({1, k, false});
    }
    return make_batch(store_, slices, options, 11, step);
  }

  static SampleOptions small_crops() {
    SampleOptions options;
    options.crop.size = 16;
    options.crop.rotation_degrees = 20;
    options.classes = 4;
    return options;
  }

  TestFolder folder_;
  CaseStore store_;
};

TEST_F(SmallStore, WithoutIntraMixItsOrderDoesNotMatter) {
  SampleOptions options = small_crops();
  options.intra_mix.box_min = options.intra_mix.box_max = 1;  // nothing lies outside the box
  const Batch crop_first = batch(options);
  options.intra_mix.order = MixOrder::kIntraFirst;
  const Batch intra_first = batch(options);
  EXPECT_TRUE(crop_first.image_bcs.equal(intra_first.image_bcs));
  EXPECT_TRUE(crop_first.annotation.target_bks.equal(intra_first.annotation.target_bks));
}

TEST_F(SmallStore, LabelsTravelAsClassIndicesUntilTheyAreMixed) {
  SampleOptions options = small_crops();
  options.intra_mix.box_min = options.intra_mix.box_max = 1;  // nothing lies outside the box
  const Batch mixed = batch(options);
  EXPECT_FALSE(mixed.annotation.labels_bs.defined());
  EXPECT_TRUE(mixed.annotation.weights(4).is_same(mixed.annotation.target_bks));
  options.intra_mix.enabled = false;
  const Batch plain = batch(options);
  EXPECT_FALSE(plain.annotation.target_bks.defined());
  EXPECT_EQ(plain.annotation.labels_bs.scalar_type(), torch::kUInt8);
  EXPECT_EQ(plain.annotation.labels_bs.sizes(), (std::vector<std::int64_t>{8, 16, 16}));
  EXPECT_TRUE(plain.annotation.weights(4).equal(mixed.annotation.target_bks));
  EXPECT_TRUE(plain.image_bcs.equal(mixed.image_bcs));
}

TEST_F(SmallStore, TheCleanViewIsTheSampleBeforeAnythingChangedIt) {
  for (const MixOrder order : {MixOrder::kCropFirst, MixOrder::kIntraFirst}) {
    SampleOptions options = small_crops();
    options.augment = {.brightness = 0.5, .contrast = 0.5, .noise = 0.2};
    options.intra_mix.order = order;
    const Batch without = batch(options);
    options.clean_view = true;
    const Batch with = batch(options);
    SampleOptions plain = small_crops();
    plain.intra_mix.enabled = false;
    const Batch unchanged = batch(plain);
    EXPECT_FALSE(without.clean_image_bcs.defined());
    EXPECT_TRUE(with.image_bcs.equal(without.image_bcs));
    EXPECT_TRUE(with.annotation.target_bks.equal(without.annotation.target_bks));
    EXPECT_TRUE(with.clean_image_bcs.equal(unchanged.image_bcs));
    EXPECT_TRUE(with.clean_labels_bs.equal(unchanged.annotation.labels_bs));
  }
}

TEST_F(SmallStore, ChangesByChanceComeAfterThoseThatAlwaysHappenAndDisturbNoOther) {
  SampleOptions options = small_crops();
  options.intra_mix.enabled = false;
  options.augment = {.brightness = 0.5, .contrast = 0.5, .noise = 0.2};
  const torch::Tensor before = batch(options).image_bcs;
  options.augment.chance.brightness = 1;
  const torch::Tensor after = batch(options).image_bcs;
  for (std::int64_t n = 0; n < before.size(0); ++n) {
    const torch::Tensor factor = (after[n] / before[n]).flatten();
    EXPECT_LT((factor - factor[0]).abs().max().item<double>(), 1e-4);
    EXPECT_NE(factor[0].item<double>(), 1);
    EXPECT_NEAR(factor[0].item<double>(), 1, 0.25 + 1e-5);
  }
  EXPECT_TRUE(batch(options).image_bcs.equal(after));
}

TEST_F(SmallStore, EveryTensorOfABatchIsVisitedOnce) {
  for (const bool mixed : {false, true}) {
    SampleOptions options = small_crops();
    options.intra_mix.enabled = mixed;
    std::vector<std::string> names;
    const Batch one = batch(options);
    one.for_each_tensor([&names](const char* name, const torch::Tensor& tensor) {
      EXPECT_TRUE(tensor.defined());
      names.emplace_back(name);
    });
    EXPECT_EQ(names, (std::vector<std::string>{"image_bcs", mixed ? "target_bks" : "labels_bs",
                                               "present_bk", "kept_box_b6"}));
  }
}

TEST_F(SmallStore, ASliceIsAPatchOfDepthOne) {
  for (const bool mixed : {false, true}) {
    SampleOptions options = small_crops();
    options.intra_mix.enabled = mixed;
    const Batch slices = batch(options);
    options.axes = 3;
    const Batch patches = batch(options);
    EXPECT_EQ(patches.image_bcs.sizes(), (std::vector<std::int64_t>{8, 1, 1, 16, 16}));
    EXPECT_TRUE(patches.image_bcs.squeeze(2).equal(slices.image_bcs));
    EXPECT_TRUE(patches.annotation.weights(4).squeeze(2).equal(slices.annotation.weights(4)));
    EXPECT_TRUE(patches.present_bk.equal(slices.present_bk));
    EXPECT_TRUE(patches.kept_box_b6.equal(slices.kept_box_b6));
  }
}

TEST_F(SmallStore, APatchHoldsTheSlicesAroundItsOwn) {
  SampleOptions options = small_crops();
  options.intra_mix.enabled = false;
  options.crop.flip = 0;
  const auto slices_of = [&](std::int64_t k) {
    return make_batch(store_, {{0, k, true}}, options, 11, 3);
  };
  options.axes = 3;
  std::vector<Batch> single;
  for (std::int64_t k = 0; k < 4; ++k) single.push_back(slices_of(k));
  options.crop.depth = 3;
  const Batch patch = slices_of(1);
  EXPECT_EQ(patch.image_bcs.sizes(), (std::vector<std::int64_t>{1, 1, 3, 16, 16}));
  for (std::int64_t z = 0; z < 3; ++z) {
    const auto& one = single[static_cast<std::size_t>(z)];
    EXPECT_TRUE(
        patch.annotation.labels_bs.select(1, z).equal(one.annotation.labels_bs.select(1, 0)));
    // Where no image is, a patch holds the darkest value of all its slices.
    const auto covered = one.image_bcs.select(2, 0).ne(one.image_bcs.min());
    EXPECT_TRUE(patch.image_bcs.select(2, z).masked_select(covered).equal(
        one.image_bcs.select(2, 0).masked_select(covered)));
  }
}

TEST_F(SmallStore, AClassIsInAPatchWhenItIsInOneOfItsSlices) {
  SampleOptions options = small_crops();
  options.axes = 3;
  const auto present = [&](std::int64_t k) {
    return make_batch(store_, {{0, k, true}}, options, 11, 3).present_bk[0];
  };
  std::vector<torch::Tensor> single;
  for (std::int64_t k = 0; k < 4; ++k) single.push_back(present(k));
  options.crop.depth = 4;
  const auto all = present(2);
  for (std::int64_t k = 0; k < 4; ++k) {
    float expected = 0;
    for (const auto& one : single) {
      const auto value = one[k].item<float>();
      if (value == 1 || (value == -1 && expected == 0)) expected = value;
    }
    EXPECT_EQ(all[k].item<float>(), expected) << k;
  }
}

TEST_F(SmallStore, UnlabelledSlicesCarryNoAnnotationUnderAnyOption) {
  for (const auto& [order_name, order] : choices(MixOrder{})) {
    for (const auto& [border_name, border] : choices(Border{})) {
      SampleOptions options = small_crops();
      options.intra_mix.order = order;
      options.crop.border = border;
      const Batch one = batch(options);
      for (std::int64_t i = 0; i < one.annotation.target_bks.size(0); ++i) {
        EXPECT_EQ(one.annotation.target_bks[i].sum().item<double>() > 0, i % 2 == 0)
            << order_name << border_name;
      }
    }
  }
}

TEST_F(SmallStore, AnnotationWeighsAtMostOneAndHardLabelsExactlyOneOrNothing) {
  for (const auto& [order_name, order] : choices(MixOrder{})) {
    for (const MixedLabels labels : {MixedLabels::kSoft, MixedLabels::kHard}) {
      SampleOptions options = small_crops();
      options.intra_mix.box_min = options.intra_mix.box_max = 0.5;
      options.intra_mix.order = order;
      options.intra_mix.labels = labels;
      const auto weight = batch(options).annotation.target_bks.sum(1);
      EXPECT_LE(weight.max().item<double>(), 1 + 1e-6);
      EXPECT_GE(weight.min().item<double>(), 0);
      const bool whole = weight.eq(weight.round()).all().item<bool>();
      EXPECT_EQ(whole, labels == MixedLabels::kHard) << order_name;
    }
  }
}

TEST_F(SmallStore, TheBoxIsWhereIntraMixLeftTheImageAlone) {
  SampleOptions options = small_crops();
  SampleOptions plain = options;
  plain.intra_mix.enabled = false;
  options.intra_mix.box_min = options.intra_mix.box_max = 0.5;
  const Batch mixed = batch(options), unmixed = batch(plain);
  const auto whole = torch::tensor({0.0F, 0.0F, 0.0F, 1.0F, 16.0F, 16.0F}).repeat({8, 1});
  EXPECT_TRUE(unmixed.kept_box_b6.equal(whole));
  for (std::int64_t b = 0; b < 8; ++b) {
    const auto edge = [&](std::int64_t i) { return mixed.kept_box_b6[b][i].item<std::int64_t>(); };
    ASSERT_EQ(edge(4) - edge(1), 8);
    ASSERT_EQ(edge(5) - edge(2), 8);
    const auto inside = [&](const Batch& one) {
      return one.image_bcs[b].slice(1, edge(1), edge(4)).slice(2, edge(2), edge(5));
    };
    EXPECT_TRUE(inside(mixed).equal(inside(unmixed)));
    EXPECT_FALSE(mixed.image_bcs[b].equal(unmixed.image_bcs[b]));
  }
  options.intra_mix.order = MixOrder::kIntraFirst;
  EXPECT_TRUE(batch(options).kept_box_b6.equal(whole));
}

}  // namespace
}  // namespace medcl
