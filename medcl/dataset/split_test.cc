// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/split.h"

#include <algorithm>
#include <set>

#include "medcl/core/random.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

std::vector<CaseClasses> random_cases(std::uint64_t seed, std::int64_t count) {
  RandomStream stream({.seed = seed, .purpose = Purpose::kTest});
  std::vector<CaseClasses> cases;
  for (std::int64_t i = 0; i < count; ++i) {
    CaseClasses one{"case" + std::to_string(i), {true}};
    for (int c = 1; c < 5; ++c) one.present.push_back(stream.chance(0.15 * c));
    if (stream.chance(0.2)) one.present.clear();
    cases.push_back(one);
  }
  return cases;
}

bool has_class(const std::vector<CaseClasses>& cases, const std::vector<std::string>& ids,
               std::size_t c) {
  return std::any_of(cases.begin(), cases.end(), [&](const CaseClasses& one) {
    return c < one.present.size() && one.present[c] &&
           std::find(ids.begin(), ids.end(), one.id) != ids.end();
  });
}

TEST(MakeSplits, EveryClassStaysLearnable) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto cases = random_cases(seed, 30);
    const auto splits = make_splits(cases, 5, seed);
    std::set<std::string> held_out;
    std::size_t smallest = 30, largest = 0;
    for (const Split& split : splits) {
      EXPECT_EQ(split.train.size() + split.validation.size(), cases.size());
      for (const std::string& id : split.validation) {
        EXPECT_TRUE(held_out.insert(id).second) << id << " is held out twice";
        EXPECT_EQ(std::count(split.train.begin(), split.train.end(), id), 0);
      }
      smallest = std::min(smallest, split.validation.size());
      largest = std::max(largest, split.validation.size());
      for (std::size_t c = 0; c < 5; ++c) {
        std::vector<std::string> all;
        for (const CaseClasses& one : cases) all.push_back(one.id);
        EXPECT_EQ(has_class(cases, split.train, c), has_class(cases, all, c)) << "class " << c;
      }
    }
    EXPECT_LE(largest - smallest, 2u);
    for (const CaseClasses& one : cases) {
      if (one.present.empty()) {
        EXPECT_EQ(held_out.count(one.id), 0u);
      }
    }
  }
}

TEST(MakeSplits, DependsOnSeedNotOnOrder) {
  auto cases = random_cases(3, 20);
  const auto splits = make_splits(cases, 4, 7);
  std::reverse(cases.begin(), cases.end());
  const auto again = make_splits(cases, 4, 7), other = make_splits(cases, 4, 8);
  bool differs = false;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    EXPECT_EQ(splits[i].validation, again[i].validation);
    EXPECT_EQ(splits[i].train, again[i].train);
    differs = differs || splits[i].validation != other[i].validation;
  }
  EXPECT_TRUE(differs);
}

TEST(MakeSplits, RefusesMoreFoldsThanCases) {
  message_of(ErrorCode::kUsage, [] { make_splits(random_cases(1, 3), 5, 0); });
  message_of(ErrorCode::kUsage, [] { make_splits(random_cases(1, 9), 1, 0); });
}

}  // namespace
}  // namespace medcl
