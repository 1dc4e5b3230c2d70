// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/prompt_source.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

const Size3 kSize{20, 10, 2};
/// The first class fills the first slice, the second has a box, the third none; the second slice is
/// empty.
const SliceBoxes kBoxes{{SliceBox{0, 0, 20, 10}, SliceBox{4, 2, 8, 6}, std::nullopt},
                        ClassBoxes(3)};

std::vector<float> box_of(const ClassPrompts& prompts, std::int64_t slice, std::int64_t c) {
  const auto box_4 = prompts.box_bm4[slice][c].contiguous();
  return {box_4.data_ptr<float>(), box_4.data_ptr<float>() + 4};
}

bool is_absent(const ClassPrompts& prompts, std::int64_t slice, std::int64_t c) {
  return prompts.absent_bm[slice][c].item<bool>();
}

TEST(GivenBoxes, AreSharesOfTheTile) {
  const GivenBoxes source(kBoxes, kSize);
  const ClassPrompts whole = source.of({.slices = 2, .plane = {20, 10}, .tile = {20, 10}});
  EXPECT_EQ(box_of(whole, 0, 0), (std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(box_of(whole, 0, 1), (std::vector<float>{0.2F, 0.2F, 0.4F, 0.6F}));
  EXPECT_TRUE(is_absent(whole, 0, 2));
  for (std::int64_t c = 0; c < 3; ++c) EXPECT_TRUE(is_absent(whole, 1, c));
  const ClassPrompts part = source.of({.plane = {20, 10}, .left = 6, .top = 0, .tile = {10, 5}});
  EXPECT_EQ(box_of(part, 0, 0), (std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(box_of(part, 0, 1), (std::vector<float>{0, 0.4F, 0.2F, 1}));
  const ClassPrompts elsewhere =
      source.of({.plane = {20, 10}, .left = 10, .top = 0, .tile = {10, 10}});
  EXPECT_FALSE(is_absent(elsewhere, 0, 0));
  EXPECT_TRUE(is_absent(elsewhere, 0, 1));
}

TEST(GivenBoxes, OfAWholeSliceDoNotFillThePadding) {
  const GivenBoxes source(kBoxes, kSize);
  const ClassPrompts padded = source.of({.plane = {20, 10}, .tile = {40, 40}});
  EXPECT_EQ(box_of(padded, 0, 0), (std::vector<float>{0, 0, 0.5F, 0.25F}));
}

TEST(GivenBoxes, AreMirroredWithTheirTile) {
  const GivenBoxes source(kBoxes, kSize);
  const ClassPrompts x = source.of({.plane = {20, 10}, .tile = {20, 10}, .mirrored_x = true});
  EXPECT_EQ(box_of(x, 0, 1), (std::vector<float>{0.6F, 0.2F, 0.8F, 0.6F}));
  const ClassPrompts y = source.of({.plane = {20, 10}, .tile = {20, 10}, .mirrored_y = true});
  EXPECT_EQ(box_of(y, 0, 1), (std::vector<float>{0.2F, 0.4F, 0.4F, 0.8F}));
}

TEST(OwnBoxes, LeaveItToTheNetwork) {
  const ClassPrompts whole = OwnBoxes(/*first_pass=*/false).of({});
  EXPECT_FALSE(whole.box_bm4.defined());
  EXPECT_FALSE(whole.first_pass);
  const ClassPrompts first = OwnBoxes(/*first_pass=*/true, 0.25).of({});
  EXPECT_TRUE(first.first_pass);
  EXPECT_EQ(first.margin, 0.25);
}

}  // namespace
}  // namespace medcl
