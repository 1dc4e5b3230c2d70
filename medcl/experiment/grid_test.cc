// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "medcl/core/error.h"

namespace medcl {
namespace {

const std::string kText = R"toml(
title = "A comparison"
[grid]
methods = ["pce", "medcl"]
scribbles = [1, 2]
draws = [0, 1]
seeds = [3]
[run]
preset = "phantom"
steps = 20
set = ["network.width=4"]
[dataset.hearts]
phantom.size = 48
[switch.off]
set = ["weight.category=0"]
[switch.on]
[published."medcl/on"]
conditions = "256 px"
mean = 0.832
)toml";

/// Without switches: a row is a method.
const std::string kRows = R"toml(
[grid]
methods = ["pce", "medcl"]
scribbles = [1, 2]
[run]
preset = "phantom"
steps = 20
[dataset.hearts]
[published.medcl]
mean = 0.832
)toml";

Experiment parsed(const std::string& more = "") { return parse_experiment(kText + more, "t.toml"); }

std::string refusal(const std::string& text) {
  try {
    parse_experiment(text, "t.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Dataset dataset_of(const std::vector<std::string>& train,
                   const std::vector<std::string>& validation) {
  Dataset dataset;
  dataset.root = "data";
  for (const auto* ids : {&train, &validation}) {
    for (const std::string& id : *ids) {
      dataset.cases.push_back(
          {id, {"data/imagesTr/" + id + "_0000.nii.gz"}, "data/labelsTr/" + id + ".nii.gz"});
    }
  }
  dataset.splits = {{train, validation}};
  return dataset;
}

TEST(Experiment, ReadsWhatItsSectionsSay) {
  const Experiment experiment = parsed();
  EXPECT_EQ(experiment.datasets, (std::vector<std::string>{"hearts"}));
  EXPECT_EQ(experiment.switches, (std::vector<std::string>{"off", "on"}));
  EXPECT_EQ(experiment.predictions, (std::vector<std::string>{""}));
  EXPECT_EQ(experiment.dataset.at("hearts").phantom.phantom.size, 48);
  EXPECT_EQ(experiment.published.at("medcl/on").values.at("mean"), 0.832);
}

TEST(Experiment, RefusesWhatWouldBeNoComparison) {
  const auto without = [](const std::string& line) {
    std::string text = kText;
    return text.erase(text.find(line), line.size());
  };
  EXPECT_THAT(refusal(without("steps = 20\n")), testing::HasSubstr("either steps or minutes"));
  EXPECT_THAT(refusal(without("preset = \"phantom\"\n")), testing::HasSubstr("a preset"));
  EXPECT_THAT(refusal(kText + "[grid2]\nx = 1\n"), testing::HasSubstr("grid2.x"));
  std::string text = kText;
  text.replace(text.find("\"pce\""), 5, "\"a/b\"");
  EXPECT_THAT(refusal(text), testing::HasSubstr("a/b"));
}

TEST(Experiment, RefusesRowsAndColumnsThatThereAreNot) {
  EXPECT_THAT(
      refusal(kText + "[report]\nreference = \"medlc/on\"\n"),
      testing::AllOf(testing::HasSubstr("report.reference"), testing::HasSubstr("medcl/on")));
  // With two switches a row is a method and a switch.
  EXPECT_THAT(refusal(kText + "[published.medcl]\nmean = 0.8\n"),
              testing::AllOf(testing::HasSubstr("published.medcl"),
                             testing::HasSubstr("medcl/off, medcl/on")));
  EXPECT_THAT(refusal(kRows + "[published.mixup]\nmean = 0.8\n"),
              testing::HasSubstr("published.mixup"));
  EXPECT_EQ(refusal(kText + "[published.\"pce/on\"]\nmean = 0.8\n"), "");
}

TEST(Experiment, RefusesAPublishedDiceThatIsNoFraction) {
  std::string text = kRows;
  text.replace(text.find("0.832"), 5, "83.2");
  EXPECT_THAT(refusal(text),
              testing::AllOf(testing::HasSubstr("published.medcl.mean"),
                             testing::HasSubstr("from 0 to 1"), testing::HasSubstr("83.20")));
}

TEST(Experiment, KnowsTheColumnsOfWhatIsLaidAcross) {
  const std::string across = kRows + "1 = 0.5\n[report]\nacross = \"scribbles\"\n";
  EXPECT_THAT(refusal(across), testing::HasSubstr("published.medcl.mean"));
  std::string text = across;
  text.erase(text.find("mean = 0.832\n"), 13);
  EXPECT_EQ(refusal(text), "");
  text.replace(text.find("1 = 0.5"), 7, "4 = 0.5");
  EXPECT_THAT(refusal(text),
              testing::AllOf(testing::HasSubstr("published.medcl.4"), testing::HasSubstr("1, 2")));
}

TEST(Experiment, ThoseThatCarryTheProgramAreSound) {
  std::size_t files = 0;
  const std::filesystem::path folder = std::filesystem::path(MEDCL_SOURCE_DIR) / "configs";
  for (const auto& entry : std::filesystem::directory_iterator(folder / "experiments")) {
    SCOPED_TRACE(entry.path());
    const Experiment experiment = read_experiment(entry.path());
    EXPECT_FALSE(expand_grid(experiment).empty());
    ++files;
    if (!entry.path().stem().string().ends_with("-phantom")) continue;
    for (const auto& [name, dataset] : experiment.dataset) EXPECT_EQ(dataset.folder, "") << name;
  }
  EXPECT_GE(files, 15U);
}

TEST(Grid, HoldsEveryCombinationOnce) {
  const std::vector<GridRun> runs = expand_grid(parsed());
  EXPECT_EQ(runs.size(), 2U * 2 * 2 * 1 * 2);
  std::set<std::string> ids;
  for (const GridRun& run : runs) ids.insert(run.id);
  EXPECT_EQ(ids.size(), runs.size());
  EXPECT_EQ(runs[1].number, 1U);
  EXPECT_EQ(runs[1].choice, "on");
  EXPECT_EQ(runs[2].method, "medcl");
  const std::vector<std::string> settings{"network.width=4", "weight.category=0",
                                          "method.name=pce", "train.seed=3",
                                          "train.steps=20",  "train.time_s=0.000000"};
  EXPECT_EQ(runs[0].settings, settings);
}

TEST(Grid, DrawsAllCasesOnce) {
  Experiment experiment = parsed();
  experiment.scribbles = {0, 1};
  EXPECT_EQ(expand_grid(experiment).size(), 4U + 8);
}

TEST(Grid, ChangesTheIdOfRunsWhoseResultWouldChange) {
  const Experiment experiment = parsed();
  const std::string id = expand_grid(experiment).front().id;
  EXPECT_TRUE(id.starts_with("hearts-pce-off-n1-d0-s3-")) << id;
  Experiment other = experiment;
  other.title = "Another title";
  other.methods.push_back("mixup");
  EXPECT_EQ(expand_grid(other).front().id, id);
  other.set.push_back("crop.size=32");
  EXPECT_NE(expand_grid(other).front().id, id);
  other = experiment;
  other.dataset.at("hearts").phantom.phantom.seed = 9;
  EXPECT_NE(expand_grid(other).front().id, id);
  other = experiment;
  other.dataset.at("hearts").folder = "a";
  const std::string of_folder = expand_grid(other).front().id;
  other.dataset.at("hearts").folder = "b";
  EXPECT_EQ(expand_grid(other).front().id, of_folder) << "a dataset that moved is the same";
}

TEST(Grid, NamesRunsByTheirDataWhereThatIsKnown) {
  const GridRun unknown = expand_grid(parsed()).front();
  EXPECT_EQ(unknown.id, unknown.plan);
  const GridRun one = expand_grid(parsed(), {{"hearts", "0123456789abcdef"}}).front();
  EXPECT_EQ(one.plan, unknown.plan);
  EXPECT_EQ(one.id, one.plan + "-01234567");
  const GridRun other = expand_grid(parsed(), {{"hearts", "1123456789abcdef"}}).front();
  EXPECT_NE(other.id, one.id);
}

TEST(Draws, OfFewerCasesAreSubsetsOfMore) {
  const Dataset dataset = dataset_of({"a", "b", "c", "d", "e", "f"}, {"v"});
  for (std::int64_t draw = 0; draw < 5; ++draw) {
    const auto all = drawn_cases(dataset, 6, draw);
    EXPECT_EQ(all, (std::vector<std::string>{"a", "b", "c", "d", "e", "f"}));
    std::vector<std::string> fewer = drawn_cases(dataset, 1, draw);
    for (std::int64_t count = 2; count <= 5; ++count) {
      const auto more = drawn_cases(dataset, count, draw);
      EXPECT_TRUE(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end()));
      fewer = more;
    }
  }
  EXPECT_NE(drawn_cases(dataset, 3, 0), drawn_cases(dataset, 3, 1));
  EXPECT_TRUE(drawn_cases(dataset, 0, 0).empty());
  EXPECT_THROW(drawn_cases(dataset, 7, 0), Error);
}

TEST(ScoredCases, AreThoseOfTheSplitOrOfTheTest) {
  Dataset dataset = dataset_of({"a"}, {"v", "w"});
  const ScoredCases scored = scored_cases(dataset, "validation");
  ASSERT_EQ(scored.cases.size(), 2U);
  EXPECT_EQ(scored.cases[1]->id, "w");
  EXPECT_EQ(scored.labels, "data/labelsTr");
  EXPECT_THROW(scored_cases(dataset, "test"), Error);
}

}  // namespace
}  // namespace medcl
