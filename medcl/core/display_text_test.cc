// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/display_text.h"

#include <gtest/gtest.h>
#include <locale.h>
#include <wchar.h>

#include "medcl/core/random.h"
#include "medcl/core/test_text.h"

namespace medcl {
namespace {

TEST(DisplayText, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("Dice 0.83 \xC2\xB1 0.04"), 16U);  // plus-minus sign
  EXPECT_EQ(display_width("\xE5\xBF\x83\xE8\x87\x9F"), 4U);  // two ideographs
  EXPECT_EQ(display_width("u\xCC\x88"), 1U);                 // u and a combining diaeresis
  EXPECT_EQ(display_width("\xF0\x9F\xAB\x80"), 2U);          // anatomical heart
}

TEST(DisplayText, ShowsNothingThatControlsATerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\tc\nd\x7f"), "a [31mb c d ");
  EXPECT_EQ(printable("\xC2\x9B"), "\xEF\xBF\xBD");  // control sequence introducer of C1
  EXPECT_EQ(printable("x\xFFy\xC3"), "x\xEF\xBF\xBDy\xEF\xBF\xBD");  // broken, and cut off
}

TEST(DisplayText, CutsWithDots) {
  EXPECT_EQ(cut_to_width("training 12/900", 80), "training 12/900");
  EXPECT_EQ(cut_to_width("training 12/900", 11), "training...");
  EXPECT_EQ(cut_to_width("training", 2), "..");
  EXPECT_EQ(cut_to_width("training", 0), "");
  EXPECT_EQ(cut_to_width("\xE5\xBF\x83\xE8\x87\x9F\xE5\xBF\x83", 4), "...");  // no half characters
}

TEST(DisplayText, WrapsAtSpacesAndInsideLongNamesAtTheirJoints) {
  EXPECT_EQ(wrap("one two  three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("labelsTr/subject13_0000.nii.gz", 12),
            (std::vector<std::string>{"labelsTr/", "subject13_", "0000.nii.gz"}));
  EXPECT_EQ(wrap("abcdef", 4), (std::vector<std::string>{"abcd", "ef"}));
  EXPECT_EQ(wrap("a\n\nb", 4), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(wrap("", 4), (std::vector<std::string>{""}));
}

TEST(DisplayText, NoLineIsWiderThanAskedAndNoWordIsLost) {
  RandomStream random({7, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 2000; ++trial) {
    const std::string text = random_text(random, 60);
    const auto width = static_cast<std::size_t>(2 + random.integer(40));
    EXPECT_LE(display_width(cut_to_width(text, width)), width);
    std::string joined;
    for (const std::string& line : wrap(text, width)) {
      EXPECT_LE(display_width(line), width) << text;
      joined += line;
    }
    const auto without_spaces = [](std::string one) {
      std::erase(one, ' ');
      return one;
    };
    EXPECT_EQ(without_spaces(joined), without_spaces(printable(text)));
  }
}

TEST(DisplayText, LeavesTheLocaleOfTheThread) {
  const locale_t before = uselocale(nullptr);
  (void)display_width("\xC3\xA4");
  EXPECT_EQ(uselocale(nullptr), before);
}

}  // namespace
}  // namespace medcl
