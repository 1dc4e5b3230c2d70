// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/categories.h"

#include <gmock/gmock.h>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
using Flags = std::vector<bool>;

TEST(Categories, FromLabelsSeesAnnotatedVoxelsOnly) {
  const std::uint8_t n = kNotAnnotated;
  const std::vector<std::uint8_t> indices{n, 2, 0, n, /**/ n, n, n, n, /**/ 1, 1, 2, 2};
  const SliceCategories slices = categories_from_labels(indices, {2, 2, 3}, 3);
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0], (Flags{true, false, true}));
  EXPECT_EQ(slices[1], std::nullopt);
  EXPECT_EQ(slices[2], (Flags{true, true, true}));  // background is always present
}

TEST(Categories, RoundTrip) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  EXPECT_TRUE(read_categories(dataset).empty());
  const SliceCategories slices{Flags{true, false, true, true}, std::nullopt,
                               Flags{true, false, false, false}};
  write_categories(dataset, {{"a", slices}, {"b", {}}});
  const auto read = read_categories(dataset);
  EXPECT_EQ(read.at("a"), slices);
  EXPECT_TRUE(read.at("b").empty());
  EXPECT_EQ(read.count("c"), 0u);
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
  EXPECT_THAT(refusal("[]"), HasSubstr("object"));
}

}  // namespace
}  // namespace medcl
