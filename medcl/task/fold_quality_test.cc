// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/fold_quality.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "medcl/dataset/read_case.h"
#include "medcl/task/folds.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

/// Two folds of two scribbled cases; beside them an unlabelled one and a dense one, of no fold.
class FoldQuality : public TrainingRun {
 protected:
  void SetUp() override {
    TrainingRun::SetUp();
    set({"method.name=pce", "train.steps=2", "train.validate_every=2"});
    list_ = plan_folds(dataset_, options_.train, 2);
  }
  [[nodiscard]] std::int64_t drawn(std::uint8_t index) const {
    std::int64_t count = 0;
    for (const Fold& fold : list_.folds) {
      for (const std::string& id : fold.validation) {
        const auto indices = read_case(*dataset_.find(id), dataset_).class_indices;
        count += std::ranges::count(indices, index);
      }
    }
    return count;
  }

  FoldList list_;
};

TEST_F(FoldQuality, ComparesOnCasesWhoseStrokesNoFoldLearned) {
  const auto unseen = unseen_cases(dataset_, list_, {}, 10);
  EXPECT_EQ(unseen.size(), 2U);
  for (const std::string& id : unseen) {
    for (const Fold& fold : list_.folds) {
      EXPECT_EQ(std::ranges::count(fold.validation, id), 0);
      EXPECT_TRUE(std::ranges::count(fold.train, id) == 0 || !dataset_.find(id)->labels);
    }
  }
  EXPECT_EQ(unseen_cases(dataset_, list_, {}, 1).size(), 1U);
}

TEST_F(FoldQuality, ModelsThatAreOneAgreeAndEveryHeldOutStrokeIsCounted) {
  run("one");
  Ensemble twice({folder_.path() / "one", folder_.path() / "one"}, {}, INT64_MAX);
  const auto unseen = unseen_cases(dataset_, list_, {}, 10);
  std::int64_t last_done = 0, total = 0;
  const FoldEvidence evidence =
      gather_evidence(dataset_, list_, unseen, twice, {}, [&](std::int64_t done, std::int64_t all) {
        EXPECT_EQ(done, last_done + 1);
        last_done = done;
        total = all;
      });
  EXPECT_EQ(last_done, total);
  EXPECT_EQ(total, 4) << "two held-out and two other cases";
  EXPECT_FALSE(evidence.seen_by_others);
  ASSERT_EQ(evidence.classes.size(), 3U);
  for (std::size_t c = 0; c < 3; ++c) {
    const ClassEvidence& one = evidence.classes[c];
    EXPECT_EQ(one.name, dataset_.labels.classes[c + 1].name);
    EXPECT_EQ(one.strokes.drawn, drawn(static_cast<std::uint8_t>(c + 1)));
    EXPECT_LE(one.strokes.found, std::min(one.strokes.drawn, one.strokes.claimed));
    ASSERT_EQ(one.agreement.size(), 2U);
    for (const double dice : one.agreement) EXPECT_TRUE(std::isnan(dice) || dice == 1) << dice;
  }
}

TEST_F(FoldQuality, WithoutOtherCasesComparesOnThoseThatEachFoldLeftOut) {
  run("one");
  Ensemble twice({folder_.path() / "one", folder_.path() / "one"}, {}, INT64_MAX);
  const FoldEvidence evidence = gather_evidence(dataset_, list_, {}, twice, {});
  EXPECT_TRUE(evidence.seen_by_others);
  EXPECT_EQ(evidence.cases.size(), 2U);
}

}  // namespace
}  // namespace medcl
