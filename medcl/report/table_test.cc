// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "medcl/core/display_text.h"
#include "medcl/core/test_text.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Table, AlignsByCharactersNotBytes) {
  const Table table{"", {"class", "Dice"}, {{"MYO", "0.83 ± 0.04"}, {"LV", "1"}}, 1};
  EXPECT_EQ(to_text(table), "class         Dice\nMYO    0.83 ± 0.04\nLV               1\n");
}

TEST(Table, ShowsMissingNumbersAsDash) {
  EXPECT_EQ(number_text(kNan, 3), "-");
  EXPECT_EQ(mean_sd_text(0.5, kNan, 2), "0.50");
  EXPECT_EQ(mean_sd_text(0.5, 0.125, 3), "0.500 ± 0.125");
}

TEST(Table, WrapsTheWidestTextAndKeepsNumbersWhole) {
  const Table table{
      "", {"case", "problem", "n"}, {{"a", "the grids of image and label differ", "12"}}, 2};
  EXPECT_EQ(to_text(table, {.width = 26}),
            "case  problem            n\n"
            "a     the grids of      12\n"
            "      image and label\n"
            "      differ\n");
}

TEST(Table, PutsNumbersThatFindNoPlaceBelow) {
  const Table table{"", {"class", "Dice", "HD95 mm"}, {{"RV", "0.83 ± 0.04", "12.5 ± 3.1"}}, 1};
  EXPECT_EQ(to_text(table, {.width = 24}),
            "class         Dice\nRV     0.83 ± 0.04\n\nclass     HD95 mm\nRV     12.5 ± 3.1\n");
}

TEST(Table, ListsRowsWhereColumnsAreTooNarrow) {
  const Table table{"",
                    {"severity", "rule", "remedy"},
                    {{"error", "label-geometry-differs", "copy the header"}},
                    3};
  EXPECT_EQ(
      to_text(table, {.width = 30}),
      "severity  error\nrule      label-geometry-\n          differs\nremedy    copy the header\n");
}

TEST(Table, EndsALineInACellAndPaintsOnlyCells) {
  const Table table{"", {"a", "b"}, {{"one\ntwo", "3"}}, 1};
  const auto paint = [](const std::string& cell, std::size_t, std::size_t column) {
    return column == 0 ? "<" + cell + ">" : cell;
  };
  EXPECT_EQ(to_text(table, {.width = 80, .paint = paint}), "a    b\n<one>  3\n<two>\n");
}

TEST(Table, ShowsEveryTextAndNoLineIsWiderThanTheTerminal) {
  RandomStream random({11, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 1500; ++trial) {
    Table table;
    const auto columns = static_cast<std::size_t>(1 + random.integer(9));
    table.text_columns =
        static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(columns) + 1));
    const auto cell = [&] { return random_text(random, random.chance(0.2) ? 120 : 12); };
    table.caption = cell();
    for (std::size_t c = 0; c < columns; ++c) table.header.push_back("t" + cell());
    for (std::int64_t r = random.integer(5); r > 0; --r) {
      table.rows.emplace_back();
      for (std::size_t c = 0; c < columns; ++c) table.rows.back().push_back(cell());
    }
    const auto width = static_cast<std::size_t>(20 + random.integer(180));
    const std::string text = to_text(table, {.width = width});
    for (const std::string& line : lines_of(text)) EXPECT_LE(display_width(line), width) << line;
    // Every letter of every cell is there, at least as often as in the table.
    const auto letters = [](const std::string& one) {
      return std::count(one.begin(), one.end(), 'Z');
    };
    std::ptrdiff_t wanted = 0;
    for (const auto& row : table.rows) {
      for (const auto& one : row) wanted += letters(one);
    }
    EXPECT_GE(letters(text), wanted);
  }
}

}  // namespace
}  // namespace medcl
