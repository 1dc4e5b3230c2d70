// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/core/utf8.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

std::string refusal(std::string_view text) {
  try {
    (void)parse_json(text, "x.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "x.json", error.what());
    return error.what();
  }
  return "accepted";
}

TEST(Json, KeepsValuesAndTheOrderOfKeys) {
  const std::string text = R"({"z":[1,-2,2.5,true,null,"\u00e4"],"a":{},"m":{"b":[],"a":[[]]}})";
  EXPECT_EQ(parse_json(text, "x").dump(), Json::parse(text).dump());
  EXPECT_EQ(parse_json("3", "x"), Json(3));
  EXPECT_EQ(parse_json("18446744073709551615", "x").get<std::uint64_t>(), UINT64_MAX);
}

TEST(Json, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "duplicate key \"a\"", refusal(R"({"a":1,"a":1})"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "duplicate key \"b\"",
                      refusal(R"([{"a":{"b":1,"c":2,"b":3}}])"));
  EXPECT_EQ(refusal(R"({"a":{"a":1},"b":{"a":1}})"), "accepted");
}

TEST(Json, RefusesMoreThan64Levels) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal(nested(64)), "accepted");
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "deeper than 64", refusal(nested(65)));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "deeper than 64", refusal(std::string(1000000, '[')));
}

TEST(Json, RefusesWhatIsNotJsonAndNamesTheLine) {
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "line 3", refusal("{\"a\": 1,\n\n x}"));
  for (const char* text : {"", "{", "[1,]", "{\"a\":1}x", "nul", "\"\xff\"", "1e999", "{a:1}", "//",
                           "[1 2]", "\"\\ud800\"", "01"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(Json, RefusesAZeroByteAndWhatIsBehindIt) {
  using namespace std::string_literals;
  for (const std::string& text : {"{}\0"s, "{}\0rubbish"s, "{\0}"s, "\0{}"s, "[1\0,2]"s}) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "a zero at byte", refusal(text));
  }
}

TEST(Json, ManyKeysTakeLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) {
    text += "\"k" + std::to_string(i) + "\":0,";
  }
  text += "\"end\":1}";
  EXPECT_EQ(parse_json(text, "x").size(), 200001U);
}

TEST(Json, FilesRoundTripExactly) {
  const TestFolder folder;
  const Json value = {{"z", 0.1}, {"a", {1, 2, 3}}, {"text", "\xc3\xa4\n"}, {"big", 1e300}};
  write_json(folder / "x.json", value);
  EXPECT_EQ(read_json(folder / "x.json"), value);
  EXPECT_EQ(read_file(folder / "x.json").back(), '\n');
}

TEST(Json, TextsOfAnyBytesComeBackAndTheFileIsUtf8) {
  const TestFolder folder;
  const Json value = {{"caf\xe9", {"\xff", "a\xfc.nii.gz"}}, {"path", "/data/Z\xfcrich"}};
  write_json(folder / "x.json", value);
  EXPECT_EQ(read_json(folder / "x.json"), value);
  const auto bytes = read_file(folder / "x.json");
  EXPECT_TRUE(is_utf8({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  EXPECT_EQ(parse_json(json_text(value), "x"), value);
  EXPECT_EQ(json_text({{"a", {1, "b"}}}), R"({"a":[1,"b"]})");
}

TEST(Json, AWrongTypeIsAnErrorInWords) {
  try {
    reading_json("broken description", "x.json", [] { return Json(3).get<std::string>(); });
    FAIL() << "a number is a text";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(text.find("x.json: broken description"), std::string::npos) << text;
    EXPECT_EQ(text.find("json.exception"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace medcl
