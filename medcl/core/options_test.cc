// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/options.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/random.h"

namespace medcl {
namespace {

enum class Border { kIgnore, kBackground };
const Choices<Border>& choices(Border) {
  static const Choices<Border> kAll{{"ignore", Border::kIgnore},
                                    {"background", Border::kBackground}};
  return kAll;
}

struct Example {
  std::int64_t size = 256;
  double rate = 0.5;
  bool flip = true;
  std::string precision = "fp32";
  std::vector<std::string> names = {"a"};
  OptionTable table;
  Example() {
    table.add("crop.size", size, "side in pixels", 16, 4096);
    table.add("train.rate", rate, "learning rate", 0, 1);
    table.add("augment.flip", flip, "mirror images");
    table.add("train.precision", precision, "number type", {"fp32", "bf16"});
    table.add("data.names", names, "cases");
  }
  std::string message(const std::string& name, const std::string& text) {
    try {
      table.set(name, text, "--set");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.what();
    }
    return "";
  }
};

TEST(Options, SetChangesTheFieldOfTheStruct) {
  Example e;
  e.table.set("crop.size", "192", "test");
  e.table.set("train.rate", "1e-4", "test");
  e.table.set("augment.flip", "false", "test");
  e.table.set("train.precision", "bf16", "test");
  e.table.set("data.names", "x, y,z", "test");
  EXPECT_EQ(e.size, 192);
  EXPECT_EQ(e.rate, 1e-4);
  EXPECT_FALSE(e.flip);
  EXPECT_EQ(e.precision, "bf16");
  EXPECT_EQ(e.names, (std::vector<std::string>{"x", "y", "z"}));
  e.table.set("data.names", "", "test");
  EXPECT_TRUE(e.names.empty());
  e.table.set("data.names", R"("Doe, J.", b ,"c")", "test");
  EXPECT_EQ(e.names, (std::vector<std::string>{"Doe, J.", "b", "c"}));
  e.table.set("data.names", R"(5" disc, b, "open)", "test");
  EXPECT_EQ(e.names, (std::vector<std::string>{"5\" disc", "b", "\"open"}));
}

TEST(Options, AnEnumerationTakesItsNamesAndNothingElse) {
  Border border = Border::kBackground;
  OptionTable table;
  table.add("border", border, "outside");
  EXPECT_EQ(table.at("border", "").value_text(), "\"background\"");
  EXPECT_EQ(table.at("border", "").choices, (std::vector<std::string>{"ignore", "background"}));
  table.set("border", "ignore", "test");
  EXPECT_EQ(border, Border::kIgnore);
  EXPECT_EQ(name_of(border), "ignore");
  try {
    table.set("border", "backgroun", "--set");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "one of ignore, background", error.what());
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "did you mean", error.what());
  }
  EXPECT_EQ(border, Border::kIgnore);
}

TEST(Options, ListsOfNumbersAreCheckedOneByOne) {
  std::vector<std::int64_t> sizes{1, 2};
  OptionTable table;
  table.add("sizes", sizes, "per axis", 1, 512);
  EXPECT_EQ(table.at("sizes", "").value_text(), "[1, 2]");
  table.set("sizes", "8, 16,32", "test");
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{8, 16, 32}));
  EXPECT_THROW(table.set("sizes", "8,600", "test"), Error);
  EXPECT_THROW(table.set("sizes", "8,x", "test"), Error);
  EXPECT_EQ(sizes.size(), 3U) << "a list that is refused changes nothing";
}

TEST(Options, AScopeAddsItsPrefixAndNothingElse) {
  std::int64_t size = 1, depth = 2;
  OptionTable table;
  OptionTable crop = table.scope("crop");
  crop.add("size", size, "", 0, 10);
  crop.scope("inner").add("depth", depth, "", 0, 10);
  ASSERT_NE(table.find("crop.size"), nullptr);
  ASSERT_NE(table.find("crop.inner.depth"), nullptr);
  EXPECT_EQ(crop.options().size(), 2U) << "a scope is a view of the whole table";
  table.set("crop.inner.depth", "7", "test");
  EXPECT_EQ(depth, 7);
}

TEST(Options, ANameOfEarlierVersionsSetsTheOptionOfToday) {
  std::int64_t size = 1;
  OptionTable table;
  table.add("crop.size", size, "", 0, 10);
  table.rename("train.crop", "crop.size");
  table.set("train.crop", "5", "test");
  EXPECT_EQ(size, 5);
  EXPECT_EQ(table.options().size(), 1U);
}

TEST(Options, UnknownNameNamesTheNearestKnownOne) {
  Example e;
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "nearest known option is crop.size",
                      e.message("crop.sise", "192"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "--set: unknown option crop.sise",
                      e.message("crop.sise", "192"));
}

TEST(Options, OutOfRangeNamesTheRangeAndLeavesTheField) {
  Example e;
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "16..4096", e.message("crop.size", "8"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "out of range",
                      e.message("crop.size", "99999999999999999999"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "0.0..1.0", e.message("train.rate", "1.5"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "out of range", e.message("train.rate", "nan"));
  EXPECT_EQ(e.size, 256);
  EXPECT_EQ(e.rate, 0.5);
}

TEST(Options, WrongTypeSaysWhichTypeIsExpected) {
  Example e;
  for (const char* text : {"", "12.5", "12 ", "0x10", "many"}) {
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "a whole number", e.message("crop.size", text))
        << text;
  }
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "a number", e.message("train.rate", "fast"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "true or false", e.message("augment.flip", "yes"));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "one of fp32, bf16",
                      e.message("train.precision", "fp8"));
}

TEST(Options, ValueTextOfDoublesRoundTrips) {
  double field = 0;
  OptionTable table;
  table.add("x", field, "", -HUGE_VAL, HUGE_VAL);
  RandomStream stream({.seed = 1});
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(stream.next());
    if (!std::isfinite(value)) continue;
    field = value;
    const std::string text = table.options()[0].value_text();
    field = 0;
    table.set("x", text, "test");
    ASSERT_EQ(std::bit_cast<std::uint64_t>(field), std::bit_cast<std::uint64_t>(value)) << text;
  }
  field = 3;
  EXPECT_EQ(table.options()[0].value_text(), "3.0");
}

TEST(Options, ValueTextQuotesStringsForToml) {
  Example e;
  e.precision = "a\"b\\c\n";
  e.names = {"p", "q,r"};
  EXPECT_EQ(e.table.find("train.precision")->value_text(), R"("a\"b\\c\u000a")");
  EXPECT_EQ(e.table.find("data.names")->value_text(), R"(["p", "q,r"])");
  EXPECT_EQ(e.table.find("augment.flip")->value_text(), "true");
  EXPECT_EQ(e.table.find("crop.size")->value_text(), "256");
}

TEST(Options, OneNameCannotBeDeclaredTwice) {
  Example e;
  EXPECT_THROW(e.table.add("crop.size", e.flip, ""), Error);
}

TEST(NearestName, HasTheSmallestEditDistance) {
  EXPECT_EQ(nearest_name("lerning_rate", {"weight_decay", "learning_rate", "rate"}),
            "learning_rate");
  EXPECT_EQ(nearest_name("abc", {}), "");
  EXPECT_EQ(nearest_name("", {"long", "x"}), "x");
}

}  // namespace
}  // namespace medcl
