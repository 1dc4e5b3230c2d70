// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dice_measure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr Size3 kSize{6, 5, 4};
constexpr std::ptrdiff_t kPlane = 6 * 5;

std::vector<std::uint8_t> mask() { return std::vector<std::uint8_t>(kPlane * 4, 0); }

std::vector<std::uint8_t> one_slice_drawn() {
  std::vector<std::uint8_t> indices = mask();
  std::fill(indices.begin() + kPlane, indices.end(), kNotAnnotated);
  return indices;
}

std::vector<std::uint8_t> strokes() {
  std::vector<std::uint8_t> indices(kPlane * 4, kNotAnnotated);
  std::fill_n(indices.begin() + 8, 3, std::uint8_t{1});
  return indices;
}

std::string measure_of(const std::vector<std::vector<std::uint8_t>>& references) {
  DiceMeasure measure;
  for (const auto& one : references) measure.add(one, kSize);
  return measure.name();
}

TEST(DiceMeasure, IsNamedByWhatTheReferencesLeaveOpen) {
  EXPECT_EQ(measure_of({mask()}), kDice);
  EXPECT_EQ(measure_of({one_slice_drawn()}), kSliceDice);
  EXPECT_EQ(measure_of({mask(), one_slice_drawn()}), kSliceDice);
  EXPECT_EQ(measure_of({strokes()}), kStrokeDice);
  EXPECT_EQ(measure_of({strokes(), one_slice_drawn()}), kStrokeDice);
  EXPECT_EQ(measure_of({strokes(), mask(), mask()}), kDice) << "most of it is known";
}

TEST(DiceMeasure, IsExplainedUnlessItIsThatOfWholeStructures) {
  EXPECT_EQ(measure_note(kDice), "");
  for (const char* name : {kSliceDice, kStrokeDice}) {
    EXPECT_NE(measure_note(name).find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace medcl
