// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/toml.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/utf8.h"

namespace medcl {
namespace {

struct Example {
  std::int64_t size = 256, workers = 2;
  double rate = 0.5;
  bool flip = true;
  std::string precision = "fp32", note;
  std::vector<std::string> names = {"a"};
  OptionTable table;
  Example() {
    table.add("crop.size", size, "side in pixels", 16, 4096);
    table.add("workers", workers, "processes", 0, 64);
    table.add("train.rate", rate, "learning rate", -HUGE_VAL, HUGE_VAL);
    table.add("augment.spatial.flip", flip, "mirror\nimages");
    table.add("train.precision", precision, "number type", {"fp32", "bf16"});
    table.add("data.note", note, "free text");
    table.add("data.names", names, "cases");
  }
  std::pair<ErrorCode, std::string> refusal(std::string_view text) {
    try {
      apply_toml(table, text, "run.toml");
    } catch (const Error& error) {
      return {error.code(), error.what()};
    }
    return {ErrorCode::kFailure, "accepted"};
  }
};

void expect_refused(std::string_view text, ErrorCode code, const std::string& part) {
  Example e;
  const auto [found_code, message] = e.refusal(text);
  EXPECT_EQ(found_code, code) << text;
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, message) << text;
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "run.toml:", message) << text;
}

TEST(Toml, ListsOfNumbersComeBack) {
  std::vector<std::int64_t> sizes;
  OptionTable table;
  table.add("crop.sizes", sizes, "per axis", 1, 512);
  apply_toml(table, "[crop]\nsizes = [8, 16]\n", "a.toml");
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{8, 16}));
  EXPECT_THROW(apply_toml(table, "[crop]\nsizes = [8, \"x\"]\n", "a.toml"), Error);
  const std::string text = to_toml(table);
  sizes.clear();
  apply_toml(table, text, "b.toml");
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{8, 16}));
}

TEST(Toml, WhatAnotherTableHasIsCheckedAndSetThere) {
  Example one, other;
  std::int64_t depth = 0;
  other.table.add("other.depth", depth, "", 0, 10);
  const OtherTables others = [&](const std::string& name) {
    return other.table.find(name) != nullptr ? &other.table : nullptr;
  };
  apply_toml(one.table, "[other]\ndepth = 3\n[crop]\nsize = 96\n", "a.toml", others);
  EXPECT_EQ(depth, 3);
  EXPECT_EQ(one.size, 96);
  EXPECT_EQ(other.size, 256) << "what the first table has stays there";
  EXPECT_THROW(apply_toml(one.table, "other.depth = 30", "a.toml", others), Error);
  EXPECT_THROW(apply_toml(one.table, "other.dept = 3", "a.toml", others), Error);
}

TEST(Toml, CharactersBeyondAsciiStayInStringsAndComments) {
  Example example;
  apply_toml(
      example.table,
      "\xEF\xBB\xBF# Gr\u00f6\u00dfe \u0110\n"
      "data.note = \"\u0110 \\\" \u0111\" # \u0110\n"
      "data.names = ['\u0110', \"\"\"\n\u0110 \"\" \\\n  x \u0110\"\"\"\"\", '\'\'a\u0110'\'\']\n",
      "a.toml");
  EXPECT_EQ(example.note, "\u0110 \" \u0111");
  EXPECT_EQ(example.names,
            (std::vector<std::string>{"\u0110", "\u0110 \"\" x \u0110\"\"", "a\u0110"}));
  for (const char* text :
       {"\u0110 = 1", "\ngr\u00f6sse = 1", "workers = 1 \u0110", "workers \u0110= 1", "[\u0110]",
        "data.note = \"\"\"\\\u0110\"\"\"", "data.note = \"a\n\u0110"}) {
    const auto [code, message] = example.refusal(text);
    EXPECT_EQ(code, ErrorCode::kIo) << text;
    EXPECT_EQ(message.find("not valid TOML"), message.find(": ") + 2) << message;
  }
}

TEST(Toml, KeysSetTheOptionsOfTheSameName) {
  Example e;
  apply_toml(e.table,
             "workers = 3\n[crop]\nsize = 192\n[train]\nrate = 1\nprecision = \"bf16\"\n"
             "[augment.spatial]\nflip = false\n[data]\nnames = [\"x,y\", \"z\"]\nnote=\"5\"",
             "x");
  EXPECT_EQ(e.size, 192);
  EXPECT_EQ(e.workers, 3);
  EXPECT_EQ(e.rate, 1.0);
  EXPECT_FALSE(e.flip);
  EXPECT_EQ(e.precision, "bf16");
  EXPECT_EQ(e.note, "5");
  EXPECT_EQ(e.names, (std::vector<std::string>{"x,y", "z"}));
}

TEST(Toml, UnknownKeysNameLineAndNearestOption) {
  expect_refused("\n[crop]\nsise = 1", ErrorCode::kUsage, "nearest known option is crop.size");
  expect_refused("\n[crop]\nsise = 1", ErrorCode::kUsage, "run.toml:3");
  expect_refused("worker = 1", ErrorCode::kUsage, "nearest known option is workers");
}

TEST(Toml, WrongTypesAndRangesAreUsageErrors) {
  expect_refused("crop.size = 1.5", ErrorCode::kUsage, "a whole number");
  expect_refused("crop.size = \"192\"", ErrorCode::kUsage, "found a string");
  expect_refused("crop.size = 8", ErrorCode::kUsage, "16..4096");
  expect_refused("train.rate = true", ErrorCode::kUsage, "a number");
  expect_refused("train.rate = nan", ErrorCode::kUsage, "out of range");
  expect_refused("train.precision = \"fp8\"", ErrorCode::kUsage, "fp32, bf16");
  expect_refused("data.names = \"a\"", ErrorCode::kUsage, "an array of strings");
  expect_refused("data.names = [\"a\", 1]", ErrorCode::kUsage, "an array of strings");
  expect_refused("data.note = 2024-01-01", ErrorCode::kUsage, "a date or time");
  expect_refused("[workers]\nx = 1", ErrorCode::kUsage, "found a table");
  expect_refused("[[crop]]\nsize = 192", ErrorCode::kUsage, "unknown option crop");
}

TEST(Toml, BrokenTomlIsAnIoErrorThatNamesTheLine) {
  expect_refused("a = 1\nb = = 2", ErrorCode::kIo, "run.toml:2");
  expect_refused("workers = 1\nworkers = 2", ErrorCode::kIo, "not valid TOML");
  expect_refused("x = \"\xff\"", ErrorCode::kIo, "not valid TOML");
  expect_refused("x = " + std::string(100000, '['), ErrorCode::kIo, "not valid TOML");
  expect_refused("x = 99999999999999999999", ErrorCode::kIo, "not valid TOML");
}

TEST(Toml, WrittenTablesReadBackTheSame) {
  RandomStream stream({.seed = 3});
  const std::vector<std::string> texts = {"",         "a\"b",         "c\\d", "e,f",
                                          "\xc3\xa4", "\x01\x7f\n\t", "#"};
  const auto any_text = [&] {
    return texts[static_cast<std::size_t>(stream.integer(static_cast<std::int64_t>(texts.size())))];
  };
  for (int i = 0; i < 300; ++i) {
    Example a, b;
    a.size = 16 + stream.integer(4081);
    a.rate = stream.normal() * std::pow(10, stream.uniform(-300, 300));
    a.flip = stream.chance(0.5);
    a.precision = stream.chance(0.5) ? "bf16" : "fp32";
    a.note = any_text();
    a.names.clear();
    for (std::int64_t k = stream.integer(4); k > 0; --k) a.names.push_back(any_text());
    const std::string text = to_toml(a.table);
    apply_toml(b.table, text, "x");
    ASSERT_EQ(a.size, b.size);
    ASSERT_EQ(a.rate, b.rate) << text;
    ASSERT_EQ(a.flip, b.flip);
    ASSERT_EQ(a.precision, b.precision);
    ASSERT_EQ(a.note, b.note) << text;
    ASSERT_EQ(a.names, b.names) << text;
    ASSERT_EQ(to_toml(b.table), text);
  }
}

TEST(Toml, SectionsAndHelpAreWrittenOnce) {
  Example e;
  const std::string text = to_toml(e.table);
  EXPECT_EQ(text.find("[train]"), text.rfind("[train]"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "# mirror images\nflip = true", text);
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "# number type (fp32, bf16)\n", text);
}

TEST(Toml, NamesEverythingThatATextSets) {
  EXPECT_EQ(names_in_toml("a = 1\n[crop]\nsize = 2\nlist = [1, 2]\n[x.y]\nz = true\n", "t"),
            (std::vector<std::string>{"a", "crop.list", "crop.size", "x.y.z"}));
  EXPECT_THROW(names_in_toml("a = ", "t"), Error);
}

TEST(Toml, NamesEmptyTablesToo) {
  EXPECT_EQ(tables_in_toml("a = 1\n[x.y]\n[z]\nb = 2\n", "t"),
            (std::vector<std::string>{"x", "x.y", "z"}));
}

TEST(Toml, GivesTheValuesOfATextWithoutItsOptions) {
  const auto values = values_in_toml(
      "a = \"x, y\"\n[crop]\nsize = 2\nlist = [1, 2]\nshare = 0.5\nflip = true\n", "t");
  const std::map<std::string, std::string> expected{{"a", "x, y"},
                                                    {"crop.size", "2"},
                                                    {"crop.list", "1,2"},
                                                    {"crop.share", "0.5"},
                                                    {"crop.flip", "true"}};
  EXPECT_EQ(values, expected);
}

TEST(Toml, TextsOfAnyBytesComeBack) {
  Example written;
  written.note = "/data/Z\xfcrich/\xc3\xa9";
  written.names = {"caf\xe9", "\xee\xbf\xa9"};
  const std::string text = to_toml(written.table);
  EXPECT_TRUE(is_utf8(text));
  Example read;
  apply_toml(read.table, text, "x");
  EXPECT_EQ(read.note, written.note);
  EXPECT_EQ(read.names, written.names);
}

}  // namespace
}  // namespace medcl
