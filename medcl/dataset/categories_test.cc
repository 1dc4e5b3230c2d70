// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/categories.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;

TEST(Categories, FromLabelsSeesAnnotatedVoxelsOnly) {
  const std::uint8_t n = kNotAnnotated;
  const std::vector<std::uint8_t> indices{n,      2, 0, n, /**/ n, n, n, n, /**/ 1, 1, 2, 2,
                                          /**/ 0, 1, 0, 0};
  const SliceCategories complete = categories_from_labels(indices, {2, 2, 4}, 3, true);
  ASSERT_EQ(complete.size(), 4U);
  EXPECT_EQ(complete[0], complete_tags({true, false, true}));
  EXPECT_EQ(complete[1], std::nullopt);
  EXPECT_EQ(complete[2], complete_tags({true, true, true}));  // background is always present
  const SliceCategories partial = categories_from_labels(indices, {2, 2, 4}, 3, false);
  EXPECT_EQ(partial[0], (SliceTags{Tag::kPresent, Tag::kUnknown, Tag::kPresent}))
      << "a class without a stroke may be there";
  EXPECT_EQ(partial[1], std::nullopt);
  EXPECT_EQ(partial[3], complete_tags({true, true, false})) << "this slice is dense";
}

TEST(Categories, WhatIsListedFillsWhatTheDrawingLeavesOpen) {
  const Tag yes = Tag::kPresent, no = Tag::kAbsent, open = Tag::kUnknown;
  const SliceCategories drawn{SliceTags{yes, yes, open, open}, std::nullopt,
                              SliceTags{yes, no, no}};
  const SliceCategories listed{SliceTags{yes, no, no, open}, SliceTags{yes, open, no, yes}};
  const SliceCategories all = merged(listed, drawn);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], (SliceTags{yes, yes, no, open})) << "a drawn class is present";
  EXPECT_EQ(all[1], listed[1]);
  EXPECT_EQ(all[2], drawn[2]);
  EXPECT_EQ(merged({}, drawn), drawn);
}

TEST(Categories, RoundTrip) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  EXPECT_TRUE(read_categories(dataset).empty());
  const SliceCategories slices{
      complete_tags({true, false, true, true}), std::nullopt,
      complete_tags({true, false, false, false}),
      SliceTags{Tag::kPresent, Tag::kUnknown, Tag::kAbsent, Tag::kPresent},
      SliceTags{Tag::kPresent, Tag::kUnknown, Tag::kUnknown, Tag::kUnknown}};
  write_categories(dataset, {{"a", slices}, {"b", {}}});
  const auto read = read_categories(dataset);
  EXPECT_EQ(read.at("a"), slices);
  EXPECT_TRUE(read.at("b").empty());
  EXPECT_EQ(read.count("c"), 0U);
}

TEST(Categories, AListNamesAllThatIsThere) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  write_json(
      root / "categories.json",
      parse_json(R"({"a": {"0": ["MYO"], "1": {"present": ["MYO"], "absent": ["LV"]}}})", "t"));
  const Categories read = read_categories(dataset);
  EXPECT_EQ(read.at("a")[0], complete_tags({true, false, true, false}));
  EXPECT_EQ(read.at("a")[1],
            (SliceTags{Tag::kPresent, Tag::kUnknown, Tag::kPresent, Tag::kAbsent}));
}

TEST(Categories, RefusesWhatDoesNotFit) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  const auto refusal = [&](const char* text) {
    write_json(root / "categories.json", parse_json(text, "t"));
    return message_of(ErrorCode::kInvalidData, [&] { read_categories(dataset); });
  };
  EXPECT_THAT(refusal(R"({"a": {"0": ["spleen"]}})"), HasSubstr("spleen"));
  EXPECT_THAT(refusal(R"({"a": {"x": []}})"), HasSubstr("\"x\""));
  EXPECT_THAT(refusal(R"({"a": {"-1": []}})"), HasSubstr("-1"));
  EXPECT_THAT(refusal(R"({"a": {"99999999999999999999": []}})"), HasSubstr("slice"));
  EXPECT_THAT(refusal(R"({"a": {"0": "RV"}})"), HasSubstr("list"));
  EXPECT_THAT(refusal(R"({"a": {"0": {"here": ["RV"]}}})"), HasSubstr("present or absent"));
  EXPECT_THAT(refusal(R"({"a": {"0": {"present": ["RV"], "absent": ["RV"]}}})"), HasSubstr("RV"));
  EXPECT_THAT(refusal(R"({"a": {"0": {"absent": ["background"]}}})"), HasSubstr("background"));
  EXPECT_THAT(refusal("[]"), HasSubstr("object"));
}

}  // namespace
}  // namespace medcl
