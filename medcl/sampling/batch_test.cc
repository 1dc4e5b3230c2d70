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
  EXPECT_TRUE(crop_first.image_bchw.equal(intra_first.image_bchw));
  EXPECT_TRUE(crop_first.target_bkhw.equal(intra_first.target_bkhw));
}

TEST_F(SmallStore, UnlabelledSlicesCarryNoAnnotationUnderAnyOption) {
  for (const auto& [order_name, order] : choices(MixOrder{})) {
    for (const auto& [border_name, border] : choices(Border{})) {
      SampleOptions options = small_crops();
      options.intra_mix.order = order;
      options.crop.border = border;
      const Batch one = batch(options);
      for (std::int64_t i = 0; i < one.target_bkhw.size(0); ++i) {
        EXPECT_EQ(one.target_bkhw[i].sum().item<double>() > 0, i % 2 == 0)
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
      const auto weight = batch(options).target_bkhw.sum(1);
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
  const auto whole = torch::tensor({0.0F, 0.0F, 16.0F, 16.0F}).repeat({8, 1});
  EXPECT_TRUE(unmixed.box_b4.equal(whole));
  for (std::int64_t b = 0; b < 8; ++b) {
    const auto edge = [&](std::int64_t i) { return mixed.box_b4[b][i].item<std::int64_t>(); };
    ASSERT_EQ(edge(2) - edge(0), 8);
    ASSERT_EQ(edge(3) - edge(1), 8);
    const auto inside = [&](const Batch& one) {
      return one.image_bchw[b].slice(1, edge(1), edge(3)).slice(2, edge(0), edge(2));
    };
    EXPECT_TRUE(inside(mixed).equal(inside(unmixed)));
    EXPECT_FALSE(mixed.image_bchw[b].equal(unmixed.image_bchw[b]));
  }
  options.intra_mix.order = MixOrder::kIntraFirst;
  EXPECT_TRUE(batch(options).box_b4.equal(whole));
}

}  // namespace
}  // namespace medcl
