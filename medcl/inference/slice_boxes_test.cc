// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/slice_boxes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

const LabelMap kMap{{{"background", 0}, {"RV", 200}, {"LV", 500}}, 501};
constexpr Size3 kSize{6, 5, 3};

Labels labels_with(const std::vector<std::pair<std::array<int, 3>, int>>& voxels) {
  Labels labels{.geometry = {.size = kSize}, .voxels = std::vector<std::int32_t>(90, 0)};
  for (const auto& [at, value] : voxels) {
    labels.voxels[static_cast<std::size_t>((at[2] * 5 + at[1]) * 6 + at[0])] = value;
  }
  return labels;
}

std::string refusal(const char* json) {
  try {
    boxes_from_json(parse_json(json, "boxes.json"), "a", kSize, kMap, "boxes.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    return error.what();
  }
  return "";
}

TEST(SliceBoxes, SurroundEachClassOfASlice) {
  const Labels labels = labels_with(
      {{{1, 2, 0}, 200}, {{3, 0, 0}, 200}, {{4, 3, 0}, 500}, {{5, 4, 2}, 501}, {{0, 0, 1}, 500}});
  const SliceBoxes boxes = boxes_around_labels(labels, kMap, "a");
  EXPECT_EQ(boxes, (SliceBoxes{{SliceBox{1, 0, 4, 3}, SliceBox{4, 3, 5, 4}},
                               {std::nullopt, SliceBox{0, 0, 1, 1}},
                               {std::nullopt, std::nullopt}}))
      << "the ignore value is no foreground";
}

TEST(SliceBoxes, AreReadFromJson) {
  const auto json = parse_json(
      R"({"a": {"1": [0, 1.5, 6, 5], "2": {"LV": [1, 1, 2, 2]}}, "b": {}})", "boxes.json");
  const SliceBoxes boxes = boxes_from_json(json, "a", kSize, kMap, "boxes.json");
  const SliceBox all{0, 1.5, 6, 5};
  EXPECT_EQ(boxes, (SliceBoxes{ClassBoxes(2), {all, all}, {std::nullopt, SliceBox{1, 1, 2, 2}}}));
  EXPECT_EQ(boxes_from_json(json, "b", kSize, kMap, "boxes.json"), SliceBoxes(3, ClassBoxes(2)));
}

TEST(SliceBoxes, RefuseWhatIsNoBox) {
  for (const char* json :
       {"[]", "{}", R"({"a": []})", R"({"a": {"3": [0, 0, 1, 1]}})",
        R"({"a": {"x": [0, 0, 1, 1]}})", R"({"a": {"0": [0, 0, 1]}})",
        R"({"a": {"0": [0, 0, 7, 1]}})", R"({"a": {"0": [2, 0, 2, 1]}})",
        R"({"a": {"0": [-1, 0, 2, 1]}})", R"({"a": {"0": [0, 0, "2", 1]}})",
        R"({"a": {"0": {"MYO": [0, 0, 2, 1]}}})", R"({"a": {"0": {"background": [0, 0, 2, 1]}}})",
        R"({"a": {"0": {"LV": 3}}})"}) {
    EXPECT_EQ(refusal(json).find("boxes.json"), 0U) << json << ": " << refusal(json);
  }
}

TEST(SliceBoxes, AShiftKeepsCornersWithinItsReachAndTheSlice) {
  RandomStream random({.seed = 4});
  constexpr Size3 size{100, 80, 200};
  const SliceBox original{20, 30, 60, 70};
  SliceBoxes boxes(200, ClassBoxes(2, original));
  boxes[7][0].reset();
  const SliceBoxes shifted = shifted_boxes(boxes, 0.1, size, random);
  double farthest = 0;
  for (std::size_t k = 0; k < shifted.size(); ++k) {
    ASSERT_EQ(shifted[k][0].has_value(), k != 7);
    EXPECT_NE(shifted[k][0], shifted[k][1]) << "each by itself";
    for (std::size_t side = 0; side < 4; ++side) {
      const double moved = std::abs(shifted[k][1]->at(side) - original[side]);
      EXPECT_LE(moved, 0.1 * static_cast<double>(size[side % 2]));
      farthest = std::max(farthest, moved);
    }
    EXPECT_LE(shifted[k][1]->at(3), 80);
  }
  EXPECT_GT(farthest, 9) << "it does move";
  EXPECT_EQ(shifted_boxes(boxes, 0, size, random), boxes);
}

TEST(SliceBoxes, HavePixelsAtAnyResolution) {
  EXPECT_EQ(pixels_of(SliceBox{1, 2, 5, 4}, kSize, {12, 10}), (PixelBox{2, 4, 10, 8}));
  EXPECT_EQ(pixels_of(SliceBox{5.9, 4.9, 6, 5}, kSize, {3, 2}), (PixelBox{2, 1, 3, 2}))
      << "one pixel at least";
  EXPECT_EQ(pixels_of(std::nullopt, kSize, {3, 2}), std::nullopt);
}

TEST(SliceBoxes, FollowTheAxesOfTheirVolume) {
  const Size3 size{7, 5, 4};
  RandomStream random({.seed = 3, .purpose = Purpose::kTest});
  std::vector<std::uint8_t> classes(7 * 5 * 4);
  for (auto& one : classes)
    one = static_cast<std::uint8_t>(random.integer(20) < 18 ? 0 : 1 + random.integer(2));
  const SliceBoxes boxes = boxes_around_classes(classes, size, 2);
  int kept = 0;
  for (const AxisOrder& order : testing::all_axis_orders()) {
    if (order.axis[2] != 2) {
      EXPECT_THROW(reordered(boxes, size, order, "boxes.json"), Error);
      continue;
    }
    ++kept;
    const Size3 moved{size[order.axis[0]], size[order.axis[1]], size[2]};
    EXPECT_EQ(reordered(boxes, size, order, "boxes.json"),
              boxes_around_classes(reordered(std::span<const std::uint8_t>(classes), size, order),
                                   moved, 2));
  }
  EXPECT_EQ(kept, 16);
}

}  // namespace
}  // namespace medcl
