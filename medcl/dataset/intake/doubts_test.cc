// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/doubts.h"

#include <gmock/gmock.h>

namespace medcl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

SeenLabels seen(Zero zero, std::map<std::int32_t, std::int64_t> voxels) {
  SeenLabels one;
  one.zero.zero = zero;
  one.voxels = std::move(voxels);
  return one;
}

class LabelDoubts : public ::testing::Test {
 protected:
  std::vector<std::string> doubts() {
    looked.meaning = {};
    std::map<std::int32_t, std::int64_t> voxels;
    for (const auto& [id, one] : looked.labels) {
      for (const auto& [value, count] : one.voxels) voxels[value] += count;
    }
    looked.meaning = meaning_of_values(voxels, {}, options.map);
    std::vector<std::string> texts;
    for (const Finding& one : label_doubts(looked, plan, options)) {
      texts.push_back(one.id + ": " + to_line(one.problem));
    }
    return texts;
  }
  LookedAt looked;
  IntakePlan plan;
  IntakeOptions options;
};

TEST_F(LabelDoubts, NameFilesInWhichZeroWasJudgedDifferently) {
  looked.labels["a"] = seen(Zero::kNotDrawn, {{0, 90}, {1, 10}});
  looked.labels["b"] = seen(Zero::kBackground, {{0, 90}, {1, 10}});
  ASSERT_EQ(doubts().size(), 1U);
  EXPECT_THAT(doubts()[0], HasSubstr("masks b; strokes a"));
  EXPECT_THAT(doubts()[0], HasSubstr("--zero ignore"));
  options.zero = Zero::kNotDrawn;
  EXPECT_THAT(doubts(), IsEmpty()) << "the user has said it";
}

TEST_F(LabelDoubts, NameValuesThatTheMapLeavesOut) {
  looked.labels["a"] = seen(Zero::kBackground, {{0, 90}, {100, 10}, {200, 10}});
  EXPECT_THAT(doubts(), IsEmpty()) << "nobody has begun to say what values mean";
  options.map = {"200=MYO"};
  ASSERT_EQ(doubts().size(), 1U);
  EXPECT_THAT(doubts()[0], HasSubstr("--map 100=background"));
  options.map = {"200=MYO", "100=Background"};
  EXPECT_THAT(doubts(), IsEmpty());
}

TEST_F(LabelDoubts, TakeManyRareValuesOfPicturesForSmoothedEdges) {
  std::map<std::int32_t, std::int64_t> voxels{{0, 90000}, {255, 10000}};
  for (std::int32_t value = 10; value < 20; ++value) voxels[value] = 7;
  looked.labels["a"] = seen(Zero::kBackground, voxels);
  EXPECT_THAT(doubts(), IsEmpty()) << "no picture";
  plan.list.sources.push_back({.path = "mask.png", .role = SourceRole::kLabels});
  ASSERT_EQ(doubts().size(), 1U);
  EXPECT_THAT(doubts()[0], HasSubstr("10 of 11 classes"));
  for (auto& [value, count] : looked.labels["a"].voxels) count = 500;
  EXPECT_THAT(doubts(), IsEmpty()) << "eleven classes";
}

}  // namespace
}  // namespace medcl
