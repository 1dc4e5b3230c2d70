// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/dataset/make_splits.h"
#include "medcl/task/slices.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

/// A dataset of two scribbled, one unlabelled and one dense case, the one that its split holds
/// back.
class Folds : public TrainingRun {
 protected:
  [[nodiscard]] Split run_of(const FoldList& list, std::size_t n) const {
    return chosen_split(dataset_, options_of_fold(options_, dataset_, list, n).train);
  }
  [[nodiscard]] std::string refusal(std::int64_t count) const {
    try {
      (void)plan_folds(dataset_, options_.train, count);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
      return error.what();
    }
    return "";
  }
};

TEST_F(Folds, LeaveOutEveryScribbledCaseOnceAndNeverSeeDenseValidationCases) {
  const std::string dense = dataset_.splits.front().validation.front();
  const FoldList list = plan_folds(dataset_, options_.train, 2);
  ASSERT_EQ(list.folds.size(), 2U);
  EXPECT_EQ(list.left_out, std::vector<std::string>{dense});
  std::multiset<std::string> judged;
  for (std::size_t n = 0; n < 2; ++n) {
    const Split split = run_of(list, n);
    EXPECT_EQ(split.train, list.folds[n].train);
    EXPECT_EQ(split.validation, list.folds[n].validation);
    EXPECT_EQ(split.train.size(), 2U) << "one scribbled and the unlabelled case";
    EXPECT_EQ(std::ranges::count(split.train, dense), 0);
    judged.insert(split.validation.begin(), split.validation.end());
  }
  std::multiset<std::string> scribbled;
  for (const Case& one : dataset_.cases) {
    if (one.labels && one.id != dense) scribbled.insert(one.id);
  }
  EXPECT_EQ(judged, scribbled);
}

TEST_F(Folds, DealScribbledValidationCasesToo) {
  Split& split = dataset_.splits.front();
  const auto scribbled = std::ranges::find_if(
      split.train, [&](const std::string& id) { return dataset_.find(id)->labels.has_value(); });
  split.validation = {*scribbled};
  split.train.erase(scribbled);
  const FoldList list = plan_folds(dataset_, options_.train, 2);
  EXPECT_TRUE(list.left_out.empty());
}

TEST_F(Folds, AreTheSplitsWhereSeveralAreListed) {
  const std::vector<std::string> all = dataset_.splits.front().train;
  dataset_.splits = {{{all[0]}, {all[1]}}, {{all[1]}, {all[0]}}};
  const FoldList list = plan_folds(dataset_, options_.train, 2);
  EXPECT_EQ(run_of(list, 1).train, dataset_.splits[1].train);
  EXPECT_EQ(run_of(list, 1).validation, dataset_.splits[1].validation);
}

TEST_F(Folds, ThatAreTooManyForTheSplitsAreAnsweredWithWhatWorks) {
  const std::vector<std::string> all = dataset_.splits.front().train;
  dataset_.splits = {{{all[0]}, {all[1]}}, {{all[1]}, {all[0]}}};
  EXPECT_NE(refusal(3).find("medcl split " + dataset_.root.string() + " --folds 3 --force"),
            std::string::npos)
      << refusal(3) << ": three cases are labelled";
  EXPECT_NE(refusal(4).find("give --folds 2: 3 cases are labelled"), std::string::npos)
      << refusal(4);
}

TEST_F(Folds, FewerThanTheSplitsAreThoseThatSplittingMakes) {
  std::vector<SplitCase> cases;
  for (int n = 0; n < 5; ++n) {
    dataset_.cases.push_back(dataset_.cases.front());
    dataset_.cases.back().id = "more" + std::to_string(n);
  }
  for (const Case& one : dataset_.cases) cases.push_back({one.id, one.labels.has_value()});
  const auto count = std::ranges::count(cases, true, &SplitCase::can_validate);
  dataset_.splits = make_splits(cases, {.folds = count});
  const FoldList list = plan_folds(dataset_, options_.train, 3);
  const std::vector<Split> wanted = make_splits(cases, {.folds = 3});
  ASSERT_EQ(list.folds.size(), 3U);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(list.folds[n].train, wanted[n].train);
    EXPECT_EQ(list.folds[n].validation, wanted[n].validation);
  }
  dataset_.splits[1] = dataset_.splits[0];
  EXPECT_FALSE(refusal(3).empty()) << "what is left out twice cannot be dealt";
}

TEST_F(Folds, OfWhichOneLeavesAClassWithoutAnyStrokeAreRefusedBeforeTheFirst) {
  const FoldList list = plan_folds(dataset_, options_.train, 2);
  const auto check_folds = [&] {
    require_every_class_in_folds(dataset_, options_, list, folder_.path() / "cache");
  };
  EXPECT_NO_THROW(check_folds());
  const std::string only = list.folds[1].validation.front();  // of which fold 1 does not learn
  for (Case& one : dataset_.cases) {
    if (one.id != only) one.labels.reset();
  }
  try {
    check_folds();
    FAIL() << "fold 1 has no strokes to learn from";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_NE(std::string(error.what()).find("fold 1, which leaves out " + only), std::string::npos)
        << error.what();
  }
  options_.train.allow_missing_class = true;
  EXPECT_NO_THROW(check_folds());
}

TEST_F(Folds, AreRefusedWhenThereAreTooFewCases) {
  EXPECT_NE(refusal(3).find("2 to 2"), std::string::npos) << refusal(3);
}

TEST_F(Folds, HaveSeedsOfTheirOwnAndTheScribblesThatTheyMaySee) {
  const FoldList all = plan_folds(dataset_, options_.train, 2);
  for (const Fold& fold : all.folds) {
    options_.train.scribbled.insert(options_.train.scribbled.end(), fold.validation.begin(),
                                    fold.validation.end());
  }
  for (std::size_t n = 0; n < 2; ++n) {
    const RunOptions own = options_of_fold(options_, dataset_, all, n);
    EXPECT_EQ(own.train.seed, options_.train.seed + static_cast<std::int64_t>(n));
    EXPECT_EQ(own.train.scribbled.size(), 1U);
    EXPECT_NE(own.train.scribbled.front(), all.folds[n].validation.front());
  }
}

TEST_F(Folds, AreKeptInTheRun) {
  FoldList list = plan_folds(dataset_, options_.train, 2);
  list.preset = "laptop";
  EXPECT_FALSE(has_folds(folder_.path()));
  write_folds(folder_.path(), list);
  EXPECT_TRUE(has_folds(folder_.path()));
  const FoldList read = read_folds(folder_.path());
  EXPECT_EQ(read.preset, "laptop");
  EXPECT_EQ(read.left_out, list.left_out);
  ASSERT_EQ(read.folds.size(), 2U);
  EXPECT_EQ(read.folds[1].train, list.folds[1].train);
  EXPECT_EQ(read.folds[1].validation, list.folds[1].validation);
  EXPECT_THROW((void)model_places(folder_.path()), Error) << "nothing is trained yet";
  EXPECT_EQ(model_places(folder_.path() / "data").size(), 1U);
}

TEST_F(Folds, OptionsThatNameUnknownCasesAreRefused) {
  options_.train.leave_out = {"nobody"};
  EXPECT_THROW((void)chosen_split(dataset_, options_.train), Error);
}

}  // namespace
}  // namespace medcl
