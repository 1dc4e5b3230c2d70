// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/label_map.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;

LabelMap parse(const std::string& text) { return LabelMap::from_json(parse_json(text, "t"), "t"); }

std::string refusal(const std::string& text) {
  return message_of(ErrorCode::kInvalidData, [&] { parse(text); });
}

TEST(LabelMap, KeepsTheOrderOfTheFile) {
  const LabelMap map = parse(R"({"background": 0, "LV": 3, "MYO": 2, "RV": 1, "ignore": 4})");
  ASSERT_EQ(map.class_count(), 4);
  EXPECT_EQ(map.foreground_count(), 3);
  EXPECT_EQ(map.classes[1].name, "LV");
  EXPECT_EQ(map.index_of_value(1), std::uint8_t{3});
  EXPECT_EQ(map.index_of_name("LV"), std::uint8_t{1});
  EXPECT_EQ(map.index_of_value(4), std::nullopt);
  EXPECT_EQ(map.ignore_value, 4);
  EXPECT_EQ(map.to_json().dump(), R"({"background":0,"LV":3,"MYO":2,"RV":1,"ignore":4})");
}

TEST(LabelMap, PutsBackgroundFirstWhereverItStands) {
  const LabelMap map = parse(R"({"LV": 1, "background": 0})");
  EXPECT_EQ(map.classes[0].name, "background");
  EXPECT_EQ(map.ignore_value, std::nullopt);
}

TEST(LabelMap, RefusesMapsThatContradictThemselves) {
  EXPECT_THAT(refusal(R"({"LV": 1})"), HasSubstr("background"));
  EXPECT_THAT(refusal(R"({"background": 1, "LV": 2})"), HasSubstr("background"));
  EXPECT_THAT(refusal(R"({"background": 0})"), HasSubstr("number of classes"));
  EXPECT_THAT(refusal(R"({"background": 0, "LV": 1, "RV": 1})"), HasSubstr("share a value"));
  EXPECT_THAT(refusal(R"({"background": 0, "LV": 1, "ignore": 3})"), HasSubstr("expected 2"));
  EXPECT_THAT(refusal(R"({"background": 0, "LV": 1.5})"), HasSubstr("labels.LV"));
  EXPECT_THAT(refusal(R"({"background": 0, "LV": -1})"), HasSubstr("out of range"));
  EXPECT_THAT(refusal(R"({"background": 0, "LV": 99999999999999999999})"), HasSubstr("labels.LV"));
  EXPECT_THAT(refusal(R"({"background": 0, "all": [1, 2]})"), HasSubstr("region"));
  EXPECT_THAT(refusal(R"(["background"])"), HasSubstr("object"));
  EXPECT_THAT(refusal(R"({"0": "background", "1": "LV"})"), HasSubstr("import msd"));
}

TEST(LabelMap, NamesTheWayOutOfAnIgnoreValueInTheMiddle) {
  const Json labels = parse_json(R"({"background": 0, "LV": 1, "ignore": 2, "MYO": 3})", "t");
  EXPECT_THAT(refusal(labels.dump()),
              ::testing::AllOf(HasSubstr("expected 4"), HasSubstr("--map ignore=ignore")));
  EXPECT_EQ(LabelMap::from_json(labels, "t", IgnoreRule::kAnyFreeValue).ignore_value, 2);
  const Json shared = parse_json(R"({"background": 0, "LV": 1, "ignore": 1})", "t");
  message_of(ErrorCode::kInvalidData,
             [&] { LabelMap::from_json(shared, "t", IgnoreRule::kAnyFreeValue); });
}

TEST(LabelMap, BackgroundInOtherLettersIsNamed) {
  EXPECT_THAT(refusal(R"({"Background": 0, "LV": 1})"),
              ::testing::AllOf(HasSubstr("in small letters"), HasSubstr("\"Background\": 0")));
  EXPECT_THAT(refusal(R"({" BACKGROUND": 0, "LV": 1})"), HasSubstr("\" BACKGROUND\": 0"));
}

TEST(ToClassIndices, MapsValuesAndIgnore) {
  const LabelMap map = parse(R"({"background": 0, "MYO": 200, "LV": 500, "ignore": 501})");
  const Labels labels{{{2, 3, 1}, {}}, {0, 500, 200, 501, 200, 0}};
  EXPECT_EQ(to_class_indices(labels, map, "x"),
            (std::vector<std::uint8_t>{0, 2, 1, kNotAnnotated, 1, 0}));
}

TEST(ToClassIndices, NamesUnknownValuesWithTheirCounts) {
  const LabelMap map = parse(R"({"background": 0, "LV": 1})");
  const Labels labels{{{5, 1, 1}, {}}, {7, 0, 7, -3, 1}};
  const std::string message =
      message_of(ErrorCode::kInvalidData, [&] { to_class_indices(labels, map, "case.nii.gz"); });
  EXPECT_THAT(message, HasSubstr("case.nii.gz"));
  EXPECT_THAT(message, HasSubstr("7 (2 voxels)"));
  EXPECT_THAT(message, HasSubstr("-3 (1 voxel)"));
}

TEST(ToClassIndices, AValueThatCoversMostOfTheFileIsSaidToBeUndrawn) {
  const LabelMap map = parse(R"({"background": 0, "LV": 1})");
  const auto refusal_of = [&](const std::vector<std::int32_t>& voxels) {
    const Labels labels{{{5, 1, 1}, {}}, voxels};
    return message_of(ErrorCode::kInvalidData, [&] { to_class_indices(labels, map, "x"); });
  };
  EXPECT_THAT(refusal_of({255, 255, 255, 0, 1}), HasSubstr("--map 255=ignore"));
  EXPECT_THAT(refusal_of({255, 255, 0, 0, 1}), ::testing::Not(HasSubstr("relabel")));
  EXPECT_THAT(refusal_of({255, 255, 7, 7, 7}), ::testing::Not(HasSubstr("relabel")));
}

}  // namespace
}  // namespace medcl
