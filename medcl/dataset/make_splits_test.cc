// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/make_splits.h"

#include <gmock/gmock.h>

#include <set>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SplitCase> cases(int labelled, int unlabelled) {
  std::vector<SplitCase> all;
  for (int n = 0; n < labelled + unlabelled; ++n) {
    all.push_back({"p" + std::to_string(n / 2) + "_s" + std::to_string(n), n < labelled});
  }
  return all;
}

TEST(MakeSplits, ValidateOnAShareOfTheLabelledCasesAndTrainOnTheRest) {
  const auto splits = make_splits(cases(10, 5), {.validation = 0.2});
  ASSERT_EQ(splits.size(), 1u);
  EXPECT_EQ(splits[0].validation.size(), 2u);
  EXPECT_EQ(splits[0].train.size(), 13u);
}

TEST(MakeSplits, AreTheSameForTheSameSeedInWhateverOrderCasesCome) {
  auto turned = cases(10, 5);
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(make_splits(turned, {})[0].validation, make_splits(cases(10, 5), {})[0].validation);
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    seen.insert(make_splits(cases(10, 0), {.seed = seed})[0].validation);
  }
  EXPECT_GT(seen.size(), 3u);
}

TEST(MakeSplits, LeaveEachOfAFewCasesOutOnce) {
  const auto splits = make_splits(cases(3, 2), {});
  ASSERT_EQ(splits.size(), 3u);
  std::set<std::string> left_out;
  for (const Split& one : splits) {
    ASSERT_EQ(one.validation.size(), 1u);
    EXPECT_EQ(one.train.size(), 4u);
    left_out.insert(one.validation[0]);
  }
  EXPECT_EQ(left_out.size(), 3u);
  EXPECT_THAT(make_splits(cases(1, 3), {}), IsEmpty());
}

TEST(MakeSplits, FoldsValidateOnEveryLabelledCaseOnce) {
  const auto splits = make_splits(cases(11, 2), {.folds = 5});
  ASSERT_EQ(splits.size(), 5u);
  std::multiset<std::string> validated;
  for (const Split& one : splits) {
    EXPECT_EQ(one.train.size() + one.validation.size(), 13u);
    validated.insert(one.validation.begin(), one.validation.end());
  }
  EXPECT_EQ(validated.size(), 11u);
  EXPECT_EQ(std::set<std::string>(validated.begin(), validated.end()).size(), 11u);
}

TEST(MakeSplits, NeverPartAGroup) {
  for (const Split& one : make_splits(cases(12, 0), {.folds = 3, .group = "^[^_]*"})) {
    std::set<std::string> patients;
    for (const std::string& id : one.validation) patients.insert(id.substr(0, id.find('_')));
    for (const std::string& id : one.train)
      EXPECT_EQ(patients.count(id.substr(0, id.find('_'))), 0u);
  }
}

TEST(MakeSplits, RefuseWhatCannotBe) {
  const auto refusal = [](const SplitOptions& options) {
    return message_of(ErrorCode::kUsage, [&] { make_splits(cases(4, 0), options); });
  };
  EXPECT_THAT(refusal({.folds = 5}), HasSubstr("--folds"));
  EXPECT_THAT(refusal({.validation = 1}), HasSubstr("--validation"));
  EXPECT_THAT(refusal({.group = "["}), HasSubstr("--group"));
}

}  // namespace
}  // namespace medcl
