// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/judged_together.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

SeenLabels seen(Zero zero, double pen_pixels) {
  SeenLabels one;
  one.zero.zero = zero;
  one.zero.pen_pixels = pen_pixels;
  return one;
}

SeenLabels empty() {
  SeenLabels one;
  one.zero.is_empty = true;
  return one;
}

TEST(JudgedTogether, ThinFilesAmongStrokesAreStrokes) {
  std::map<std::string, SeenLabels> labels{{"a", seen(Zero::kNotDrawn, 3)},
                                           {"b", seen(Zero::kNotDrawn, 3)},
                                           {"thin", seen(Zero::kDrawnSlices, 3)},
                                           {"empty", empty()}};
  judge_together(labels);
  EXPECT_EQ(labels["thin"].zero.zero, Zero::kNotDrawn);
  EXPECT_EQ(labels["empty"].zero.zero, Zero::kNotDrawn);
}

TEST(JudgedTogether, WideFilesStayMasksAndSoDoThinOnesAmongMasks) {
  std::map<std::string, SeenLabels> labels{{"a", seen(Zero::kNotDrawn, 3)},
                                           {"b", seen(Zero::kNotDrawn, 3)},
                                           {"wide", seen(Zero::kBackground, 9)}};
  judge_together(labels);
  EXPECT_EQ(labels["wide"].zero.zero, Zero::kBackground);
  labels["wide"].zero.pen_pixels = 0;
  judge_together(labels);
  EXPECT_EQ(labels["wide"].zero.zero, Zero::kBackground) << "mostly drawn: nobody measured a pen";
  labels = {{"a", seen(Zero::kNotDrawn, 3)},
            {"b", seen(Zero::kBackground, 3)},
            {"c", seen(Zero::kBackground, 3)}};
  judge_together(labels);
  EXPECT_EQ(labels["b"].zero.zero, Zero::kBackground) << "vessels, and one file of strokes";
  EXPECT_EQ(labels["a"].zero.zero, Zero::kNotDrawn);
}

TEST(JudgedTogether, EmptyFilesAmongMasksAreBackground) {
  std::map<std::string, SeenLabels> labels{{"a", seen(Zero::kBackground, 9)}, {"empty", empty()}};
  judge_together(labels);
  EXPECT_EQ(labels["empty"].zero.zero, Zero::kBackground);
}

}  // namespace
}  // namespace medcl
