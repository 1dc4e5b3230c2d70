// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/sources.h"

#include <gtest/gtest.h>

#include <fstream>

#include "medcl/dataset/test_volumes.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/run/fold_list.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;
using Ids = std::set<std::string>;

/// A dataset of cases a, b, c and d with two splits: the first trains on c and is judged by a; the
/// second trains on a and b and is judged by c. All cases were evaluated.
class ReportOfASplit : public testing::Test {
 protected:
  void SetUp() override {
    Dataset dataset = write_small_dataset(folder_ / "data");
    dataset.splits = {{{"c"}, {"a"}}, {{"a", "b"}, {"c"}}};
    write_dataset_json(dataset);
    std::vector<CaseResult> cases;
    for (const Case& one : dataset.cases) {
      cases.push_back({.id = one.id, .classes = std::vector<ClassMetrics>(3)});
    }
    inputs_.run = folder_ / "run";
    inputs_.dataset = folder_ / "data";
    inputs_.evaluation = folder_ / "summary.json";
    write_summary(inputs_.evaluation, summarise(cases, dataset.labels, {}));
    fs::create_directories(inputs_.run / "best");
  }

  void write_config(int split) const {
    std::ofstream(inputs_.run / "config.toml") << "[train]\nsplit = " << split << "\n";
  }

  /// The description of a model that was trained on the second split.
  void write_model() const {
    std::ofstream(inputs_.run / "best" / "model.json")
        << R"({"method": "pce", "training": {"split":)"
        << R"({"index": 1, "train": ["a", "b"], "validation": ["c"]}}})";
  }

  TestFolder folder_;
  ReportInputs inputs_;
};

TEST_F(ReportOfASplit, TheModelKnowsItBetterThanTheConfiguration) {
  write_config(0);
  write_model();
  const ReportSources sources = load_report_sources(inputs_);
  EXPECT_EQ(sources.trained, (Ids{"a", "b"}));
  EXPECT_EQ(sources.validation, Ids{"c"});
}

TEST_F(ReportOfASplit, OfARunOfFoldsWhatTaughtAnyModelWasLearnedFrom) {
  fs::remove_all(inputs_.run);
  fs::create_directories(inputs_.run / "fold_0" / "best");
  write_folds(inputs_.run, {.folds = {{{"a"}, {"b"}}, {{"b"}, {"a"}}}, .left_out = {"c"}});
  std::ofstream(inputs_.run / "fold_0" / "best" / "model.json") << R"({"method": "pce"})";
  const ReportSources sources = load_report_sources(inputs_);
  EXPECT_EQ(sources.trained, (Ids{"a", "b"}));
  EXPECT_TRUE(sources.validation.empty());
  EXPECT_EQ(sources.method, "pce");
}

TEST_F(ReportOfASplit, OfAModelThatDoesNotKnowIsThatOfTheConfigurationOrTheFirst) {
  write_config(1);
  EXPECT_EQ(load_report_sources(inputs_).validation, Ids{"c"});
  fs::remove(inputs_.run / "config.toml");
  EXPECT_EQ(load_report_sources(inputs_).validation, Ids{"a"});
}

TEST_F(ReportOfASplit, SaysWhatEveryCaseWasToTheRun) {
  write_model();
  const ReportSources sources = load_report_sources(inputs_);
  EXPECT_EQ(cases_text(sources),
            "1 validation case (their scores chose the model) and 2 training cases (the model has "
            "seen them) and 1 left-out case (in no part of the run's split)");
  Ids learned;
  for (const Case* one : scribbled_cases(sources)) learned.insert(one->id);
  EXPECT_EQ(learned, (Ids{"a", "b"}));
}

TEST_F(ReportOfASplit, WithoutSplitsEveryCaseIsATrainingCase) {
  fs::remove(inputs_.dataset / "splits_final.json");
  const ReportSources sources = load_report_sources(inputs_);
  EXPECT_EQ(cases_text(sources), "4 training cases (the model has seen them)");
  EXPECT_TRUE(sources.validation.empty());
}

TEST(ReportSources, FindTheScribbledCasesOfARun) {
  const std::string toml = "[train]\n# help\nscribbled = [\"a\", \"b_2\"]\nother = [\"c\"]\n";
  EXPECT_EQ(strings_of_toml_list(toml, "scribbled"), (Ids{"a", "b_2"}));
  EXPECT_TRUE(strings_of_toml_list("scribbled = []\n", "scribbled").empty());
}

}  // namespace
}  // namespace medcl
