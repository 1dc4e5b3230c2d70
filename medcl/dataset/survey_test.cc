// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey.h"

#include <gtest/gtest.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 40;

/// Pixels of 2 x 2 mm, slices 5 mm apart.
Geometry flat_geometry(std::int64_t slices) {
  return {{kSide, kSide, slices}, {{{2, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 5, 0}}}};
}

/// In slice 1: RV in columns 10 to 19 of row 20, LV as two points, background in row 26; elsewhere
/// and in other slices nobody drew.
std::int32_t drawn(std::int64_t v) {
  const std::int64_t x = v % kSide, y = v / kSide % kSide, k = v / (kSide * kSide);
  if (k != 1) return 4;
  if (y == 20 && x >= 10 && x < 20) return 1;
  if (y == 22 && (x == 12 || x == 16)) return 3;
  return y == 26 && x >= 10 && x < 20 ? 0 : 4;
}

Dataset made(const TestFolder& root, std::int64_t slices,
             const std::function<std::int32_t(std::int64_t)>& value) {
  Dataset dataset;
  dataset.root = root.path();
  dataset.channel_names = {"LGE"};
  dataset.labels = {{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 4};
  for (const char* id : {"a", "b"}) {
    write_test_image(image_path(dataset, id, 0), flat_geometry(slices), 1);
    dataset.cases.push_back({id, {image_path(dataset, id, 0)}, {}});
  }
  write_test_labels(label_path(dataset, "a"), flat_geometry(slices), value);
  write_dataset_json(dataset);
  return read_dataset(root.path());
}

PrepareOptions in(const std::string& orientation) {
  PrepareOptions settled;
  settled.orientation = orientation;
  return settled;
}

TEST(Survey, MeasuresWhatWasDrawnAndWhereItLies) {
  const TestFolder root;
  const Survey survey = survey_of(made(root, 3, drawn), {"a", "b"}, in("array"));
  EXPECT_EQ(survey.cases, 2);
  EXPECT_EQ(survey.labelled, 1);
  EXPECT_EQ(survey.dense, 0);
  EXPECT_EQ(survey.slices, 6);
  EXPECT_EQ(survey.drawn_slices, 1);
  EXPECT_FALSE(survey.pictures);
  EXPECT_NEAR(survey.pixel_mm, 2, 1e-6);
  EXPECT_NEAR(survey.slice_distance_mm, 5, 1e-6);
  EXPECT_NEAR(survey.field_mm, 80, 1e-6);
  EXPECT_NEAR(survey.structure_mm, 20, 1e-6) << "ten columns";
  EXPECT_NEAR(survey.background_gap_mm, 8, 1e-6) << "four rows from the LV";
  EXPECT_NEAR(survey.annotated_share, 22.0 / (kSide * kSide), 1e-9);
  ASSERT_EQ(survey.classes.size(), 3u);
  EXPECT_EQ(survey.classes[0].slices, 1);
  EXPECT_EQ(survey.classes[0].objects, 1);
  EXPECT_NEAR(survey.classes[0].extent_mm, 20, 1e-6);
  EXPECT_EQ(survey.classes[1].slices, 0) << "nobody drew MYO";
  EXPECT_EQ(survey.classes[2].objects, 2);
  EXPECT_NEAR(survey.classes[2].object_mm, 2, 1e-6) << "a point is a pixel";
  EXPECT_FALSE(survey.units.pixels);
  EXPECT_NEAR(survey.classes[2].extent_mm, 10, 1e-6);
  EXPECT_NEAR(survey.classes[0].half_width_mm, 4, 1e-6) << "from LV, two rows below";
  EXPECT_NEAR(survey.classes[2].half_width_mm, 4, 1e-6);
  EXPECT_LE(survey.drawn_low, survey.drawn_high);
}

TEST(Survey, KnowsPicturesAndDenseMasks) {
  const TestFolder root;
  const auto dense = [](std::int64_t v) { return v % kSide < 5 ? 1 : 0; };
  const Survey survey = survey_of(made(root, 1, dense), {"a", "b"}, in("array"));
  EXPECT_TRUE(survey.pictures);
  EXPECT_EQ(survey.dense, 1);
  EXPECT_EQ(survey.annotated_share, 1);
  EXPECT_EQ(survey.background_gap_mm, 0) << "a mask has no strokes of background";
}

TEST(Survey, TakesSlicesThatAreDrawnAsAWholeForMasks) {
  const TestFolder root;
  // Slice 1 of three as a whole: RV in columns 4 to 11, MYO beside it in 12 to 19.
  const auto slice = [](std::int64_t v) -> std::int32_t {
    const std::int64_t x = v % kSide;
    if (v / (kSide * kSide) != 1) return 4;
    return x >= 4 && x < 12 ? 1 : x >= 12 && x < 20 ? 2 : 0;
  };
  const Survey survey = survey_of(made(root, 3, slice), {"a", "b"}, in("array"));
  EXPECT_EQ(survey.dense, 0);
  EXPECT_EQ(survey.drawn_slices, 1);
  EXPECT_EQ(survey.dense_slices, 1);
  EXPECT_EQ(survey.background_gap_mm, 0) << "no strokes of background, a mask";
  EXPECT_GT(survey.classes[0].half_width_mm, 7) << "16 mm wide, though MYO touches it";
}

TEST(Survey, KnowsDataThatAreMeasuredInPixels) {
  const TestFolder root;
  Dataset dataset = made(root, 3, drawn);
  dataset.description["unit"] = "pixel";
  EXPECT_TRUE(survey_of(dataset, {"a", "b"}, in("array")).units.pixels);
}

TEST(Survey, LooksAtSlicesInTheOrderOfTheNetwork) {
  const TestFolder root;
  const Survey across = survey_of(made(root, 3, drawn), {"a", "b"}, in("ASR"));
  EXPECT_EQ(across.slices, 2 * kSide);
  EXPECT_NEAR(across.slice_distance_mm, 2, 1e-6);
  EXPECT_EQ(across.drawn_slices, 10) << "columns of the strokes";
}

}  // namespace
}  // namespace medcl
