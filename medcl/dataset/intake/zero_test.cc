// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/zero.h"

#include <gmock/gmock.h>

#include "medcl/dataset/intake/held_out.h"
#include "medcl/dataset/intake/label_names.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::int64_t kSide = 24;

/// Slices of `kSide` pixels with a disc of value 1 in those that are drawn.
Labels discs(std::int64_t slices, const std::vector<std::int64_t>& drawn) {
  Labels labels{small_geometry({kSide, kSide, slices}), {}};
  for (std::int64_t v = 0; v < labels.geometry.voxel_count(); ++v) {
    const std::int64_t k = v / (kSide * kSide), x = v % kSide - 12, y = v / kSide % kSide - 12;
    const bool here = std::find(drawn.begin(), drawn.end(), k) != drawn.end();
    labels.voxels.push_back(here && x * x + y * y < 50 ? 1 : 0);
  }
  return labels;
}

/// The structure of `discs` in all slices, bright.
Image picture_of(const Labels& labels) {
  Image image{labels.geometry, {}};
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  for (std::int64_t v = 0; v < labels.geometry.voxel_count(); ++v) {
    const std::int64_t x = v % kSide - 12, y = v / kSide % kSide - 12;
    image.voxels.push_back(static_cast<float>((x * x + y * y < 50 ? 100 : 0) + random.normal()));
  }
  return image;
}

Zero meaning(const Labels& labels, bool background_drawn = false) {
  return meaning_of_zero(labels, picture_of(labels), background_drawn).zero;
}

TEST(MeaningOfZero, InAMaskIsBackground) {
  EXPECT_EQ(meaning(discs(10, {2, 3, 4, 5, 6, 7})), Zero::kBackground);
  EXPECT_EQ(meaning(discs(1, {0})), Zero::kBackground) << "a picture";
}

TEST(MeaningOfZero, OutsideOfSinglySlicesDrawnIsNotAnnotated) {
  EXPECT_EQ(meaning(discs(10, {1, 4, 7})), Zero::kDrawnSlices);
  EXPECT_EQ(meaning(discs(20, {2, 3, 4, 14, 15, 16})), Zero::kBackground) << "two structures";
}

TEST(MeaningOfZero, BesideDrawnBackgroundIsNotAnnotated) {
  EXPECT_EQ(meaning(discs(10, {2, 3, 4, 5}), true), Zero::kNotDrawn);
}

TEST(MeaningOfZero, OpensTheSlicesWithoutADrawingOnly) {
  Labels labels = discs(10, {1, 4, 7});
  open_what_nobody_drew(labels, {.zero = Zero::kDrawnSlices, .axis = 2}, 9);
  for (std::int64_t k = 0; k < 10; ++k) {
    const bool drawn = k == 1 || k == 4 || k == 7;
    EXPECT_EQ(std::count(labels.slice(k).begin(), labels.slice(k).end(), 9),
              drawn ? 0 : kSide * kSide);
  }
}

TEST(HeldOutSlices, AreCutHalfWayAndLeaveEveryClass) {
  Labels labels = discs(10, {1, 4, 7});
  open_what_nobody_drew(labels, {.zero = Zero::kDrawnSlices, .axis = 2}, 9);
  const auto cut = cut_to_hold_out(labels, 2, 9, 0.2);
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->holds_out_end);
  EXPECT_EQ(cut->at, 6);
  for (std::int32_t& value : labels.slice(7)) value = value == 1 ? 2 : value;
  const auto other = cut_to_hold_out(labels, 2, 9, 0.2);
  ASSERT_TRUE(other) << "class 2 is in the last slice alone: the first is held out";
  EXPECT_FALSE(other->holds_out_end);
  EXPECT_EQ(other->at, 3);
  EXPECT_FALSE(cut_to_hold_out(discs(3, {1}), 2, 0, 0.2)) << "one slice";
}

TEST(HeldOutSlices, KeepTheirPlaceInTheWorld) {
  const Labels labels = discs(10, {1, 4, 7});
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Labels part = slab(labels, axis, 4, 9);
    EXPECT_EQ(part.geometry.size[axis], 5);
    Point3 first{0, 0, 0}, there{0, 0, 0};
    there[axis] = 4;
    EXPECT_EQ(medcl::apply(part.geometry.world_from_index, first),
              medcl::apply(labels.geometry.world_from_index, there));
    EXPECT_EQ(static_cast<std::int64_t>(part.voxels.size()), part.geometry.voxel_count());
  }
  EXPECT_EQ(slab(labels, 2, 4, 5).voxels,
            std::vector<std::int32_t>(labels.slice(4).begin(), labels.slice(4).end()));
}

TEST(MeaningOfValues, NumbersClassesFromOneAndTakesNamesFromFilesAndUser) {
  const std::map<std::int32_t, std::int64_t> voxels{{0, 9}, {200, 1}, {500, 1}, {600, 1}};
  const LabelMeaning meaning = meaning_of_values(voxels, {{500, "LV"}, {7, "unused"}}, {"200=MYO"});
  EXPECT_EQ(meaning.labels.to_json().dump(), R"({"background":0,"label 600":1,"LV":2,"MYO":3})");
  EXPECT_EQ(meaning.new_from_old.at(200), 3);
  EXPECT_EQ(meaning.new_from_old.at(500), 2);
}

TEST(MeaningOfValues, RefusesAClassOfAValueThatNoFileHolds) {
  const std::string message = message_of(ErrorCode::kUsage, [] {
    meaning_of_values({{0, 9}, {255, 1}}, {}, {"1=nucleus"});
  });
  EXPECT_THAT(message, ::testing::HasSubstr("nucleus"));
  EXPECT_THAT(message, ::testing::HasSubstr("0, 255"));
}

TEST(MeaningOfValues, KnowsIgnoreAndDrawnBackground) {
  const LabelMeaning meaning =
      meaning_of_values({{0, 9}, {1, 1}, {4, 1}}, {{1, "LV"}}, {"0=ignore", "4=background"});
  EXPECT_EQ(meaning.labels.to_json().dump(), R"({"background":0,"LV":1,"ignore":2})");
  EXPECT_THAT(meaning.new_from_old, ElementsAre(Pair(0, 2), Pair(1, 1), Pair(4, 0)));
  const LabelMeaning merged =
      meaning_of_values({{0, 9}, {1, 1}, {2, 1}}, {{1, "LV"}, {2, "scar"}}, {"scar=LV"});
  EXPECT_EQ(merged.new_from_old.at(2), merged.new_from_old.at(1));
}

}  // namespace
}  // namespace medcl
