// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/experiment/figures.h"
#include "medcl/experiment/numbers.h"
#include "medcl/experiment/page.h"
#include "medcl/experiment/slurm.h"
#include "medcl/experiment/status.h"
#include "medcl/experiment/tables.h"
#include "medcl/report/table_formats.h"

namespace medcl {
namespace {

using testing::HasSubstr;

const std::string kText = R"toml(
title = "A comparison"
[grid]
methods = ["pce", "medcl"]
scribbles = [2]
draws = [0, 1]
seeds = [1, 2]
[run]
preset = "phantom"
steps = 20
evaluate = "test"
[report]
reference = "medcl"
[dataset.hearts]
[published.medcl]
conditions = "crops of 256 px"
mean = 0.832
)toml";

LabelMap labels() { return {.classes = {{"background", 0}, {"RV", 1}, {"LV", 2}}}; }

/// A summary of two classes with the same Dice per case.
Summary summary_of(const std::vector<double>& dice) {
  std::vector<CaseResult> cases;
  for (std::size_t i = 0; i < dice.size(); ++i) {
    CaseResult one{.id = "case" + std::to_string(i)};
    one.classes = {{.dice = dice[i] - 0.1}, {.dice = dice[i] + 0.1}};
    cases.push_back(one);
  }
  return summarise(cases, labels(), {});
}

RunResult result_of(const GridRun& run, const std::vector<double>& dice) {
  RunResult result{.id = run.id,
                   .dataset = run.dataset,
                   .method = run.method,
                   .choice = run.choice,
                   .scribbles = run.scribbles,
                   .draw = run.draw,
                   .seed = run.seed,
                   .seconds = 10,
                   .steps = 20,
                   .train_seconds = 6,
                   .course = {{0.05, 0.5}, {0.1, 0.6}},
                   .config = "[network]\nname = \"unet\"\nwidth = 4\n[crop]\nsize = 32\n"};
  result.scores[""] = {summary_of(dice), "none", 1.5};
  return result;
}

/// pce: .50 .52 (draw 0), .60 .62 (draw 1) on average; medcl .2 more in every case.
std::vector<RunResult> results_of(const Experiment& experiment) {
  std::vector<RunResult> results;
  for (const GridRun& run : expand_grid(experiment)) {
    const double base = 0.5 + 0.1 * static_cast<double>(run.draw) +
                        0.02 * static_cast<double>(run.seed - 1) +
                        (run.method == "medcl" ? 0.2 : 0.0);
    results.push_back(result_of(run, {base - 0.1, base - 0.05, base, base + 0.05, base + 0.1}));
  }
  return results;
}

const std::size_t kDice = metric_index("Dice");

TEST(Comparison, TakesTheMeanOverRunsThenTheSpreadOverCases) {
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const auto sections = compare(experiment, results);
  ASSERT_EQ(sections.size(), 1U);
  const ComparedCell& pce = sections[0].rows[0].cells[0];
  EXPECT_EQ(pce.runs.size(), 4U);
  const CellStatistics all = statistics_of(pce, kDice, -1);
  EXPECT_NEAR(all.over_cases.mean, 0.56, 1e-12);
  EXPECT_NEAR(all.over_cases.sd, std::sqrt((0.01 + 0.0025) / 2), 1e-12);
  EXPECT_EQ(all.over_cases.count, 5);
  EXPECT_NEAR(all.sd_seeds, 0.02 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(all.sd_draws, 0.1 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(statistics_of(pce, kDice, 1).over_cases.mean, 0.66, 1e-12);
  EXPECT_LT(all.interval.low, 0.56);
  EXPECT_GT(all.interval.high, 0.56);
}

TEST(Comparison, TestsRowsAgainstTheReferenceOverCases) {
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const auto tests = test_rows(compare(experiment, results)[0], 0, "medcl", kDice);
  EXPECT_EQ(tests[0].p, 0.0625) << "five cases, all worse";
  EXPECT_EQ(tests[0].p_holm, 0.0625);
  EXPECT_TRUE(std::isnan(tests[1].p));
}

TEST(Comparison, RefusesAReferenceThatIsNoRow) {
  Experiment experiment = parse_experiment(kText, "t");
  experiment.report.reference = "medlc";
  EXPECT_THROW(compare(experiment, {}), Error);
}

TEST(Figures, ShowTheCoursesOfAllRunsAndTheirMean) {
  const Experiment experiment = parse_experiment(kText, "t");
  auto results = results_of(experiment);
  for (RunResult& one : results) {
    if (one.method == "pce") one.course = {{1, 0.1 * static_cast<double>(one.seed)}, {3, 0.5}};
  }
  // Another pace: of the time that all share, 2 to 3 minutes, two validations are left.
  results[0].course = {{2, 0.2}, {4, 0.4}};
  const std::string svg = learning_curves(compare(experiment, results)[0]);
  const auto count = [&svg](const std::string& what) {
    std::size_t n = 0;
    for (auto at = svg.find(what); at != std::string::npos; at = svg.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("stroke-opacity=\"0.5\""), 8U) << "a thin line for each run";
  EXPECT_EQ(count("stroke-width=\"1.8\""), 2U) << "and a mean for each of two rows";
  EXPECT_EQ(count(">pce</text>"), 1U) << "and one name in the legend";
}

TEST(Comparison, RefusesResultsOfDifferentDataNamingBoth) {
  const Experiment experiment = parse_experiment(kText, "t");
  auto results = results_of(experiment);
  for (RunResult& one : results) one.data = "0123456789abcdef";
  EXPECT_NO_THROW(compare(experiment, results));
  results.back().data = "fedcba9876543210";
  try {
    compare(experiment, results);
    FAIL() << "other data";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("01234567"), HasSubstr("fedcba98")));
  }
  results.back().data.clear();
  EXPECT_THROW(compare(experiment, results), Error) << "and data that nobody noted are others";
}

TEST(Comparison, LaysScribblesAcross) {
  Experiment experiment = parse_experiment(kText, "t");
  experiment.scribbles = {1, 2};
  experiment.report.across = "scribbles";
  experiment.published = {{"medcl", {.values = {{"2", 0.8}}, .conditions = ""}}};
  const auto results = results_of(experiment);
  const auto sections = compare(experiment, results);
  ASSERT_EQ(sections.size(), 1U);
  EXPECT_EQ(sections[0].columns,
            (std::vector<std::string>{"1 scribbled case", "2 scribbled cases"}));
  EXPECT_EQ(sections[0].x, (std::vector<double>{1, 2}));
  EXPECT_THAT(across_figure(experiment, sections[0]), HasSubstr("scribbled cases"));
  EXPECT_EQ(score_table(experiment, sections[0], "Dice").rows[1][2].substr(0, 5), "0.760");
}

TEST(Tables, ShowFailuresAndWhatIsPublished) {
  const Experiment experiment = parse_experiment(kText, "t");
  auto results = results_of(experiment);
  for (RunResult& one : results) {
    if (one.method != "pce") continue;
    one.failure = "train: unknown method";
    one.scores.clear();
  }
  const auto sections = compare(experiment, results);
  const Table scores = score_table(experiment, sections[0], "Dice");
  const std::vector<std::string> header{
      "method", "RV", "LV", "mean", "95 % of the mean", "p (Holm)", "published mean"};
  EXPECT_EQ(scores.header, header);
  EXPECT_EQ(scores.rows[0][1], "failed");
  EXPECT_EQ(scores.rows[1][5], "reference");
  EXPECT_EQ(scores.rows[1][6], "0.832");
  const Table gaps = gaps_table(sections);
  ASSERT_EQ(gaps.rows.size(), 1U);
  EXPECT_EQ(gaps.rows[0][3], "4 of 4");
  EXPECT_EQ(gaps.rows[0][4], "train: unknown method");
  const Table published = published_table(experiment, sections[0]);
  ASSERT_EQ(published.rows.size(), 1U);
  EXPECT_EQ(published.rows[0][2], "crops of 256 px");
}

TEST(Tables, SayWhatTheNumbersAre) {
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const std::string text = reading_text(experiment, compare(experiment, results)[0]);
  for (const char* part :
       {"5 test cases", "mm", "diagonal", "n - 1", "bootstrap", "Holm", "0.0625"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Tables, NumbersAreCompleteForOtherPrograms) {
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const Table numbers = number_table(experiment, compare(experiment, results));
  EXPECT_EQ(numbers.rows.size(), 2 * 3 * metrics().size());
  EXPECT_NO_THROW(to_csv(numbers));
}

TEST(Page, IsCompleteWithoutImages) {
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const auto sections = compare(experiment, results);
  const std::string html =
      experiment_page({.experiment = experiment, .sections = sections, .program = "medcl 1"},
                      [](const std::string&) { FAIL(); });
  for (const char* part :
       {"A comparison", "<svg", "0.760", "reference", "Definitions", "width = 4"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, testing::Not(HasSubstr("<script")));
  EXPECT_THAT(experiment_markdown(experiment, sections), HasSubstr("| medcl | 0.660"));
  EXPECT_THAT(experiment_latex(experiment, sections), HasSubstr("$\\pm$"));
}

TEST(Store, GivesBackWhatItTook) {
  const TestFolder folder;
  const Experiment experiment = parse_experiment(kText, "t");
  const ResultStore store(folder.path());
  const RunResult written = results_of(experiment).front();
  EXPECT_FALSE(store.contains(written.id));
  store.write(written);
  const RunResult read = store.read(written.id);
  EXPECT_EQ(read.course, written.course);
  EXPECT_EQ(read.config, written.config);
  EXPECT_EQ(read.scores.at("").summary.cases[3].classes[1].dice,
            written.scores.at("").summary.cases[3].classes[1].dice);
  EXPECT_EQ(store.read_all(expand_grid(experiment)).size(), 1U);
  store.remove(written.id);
  EXPECT_FALSE(store.contains(written.id));
  EXPECT_THROW((void)store.read(written.id), Error);
}

TEST(Store, RefusesAResultOfAnotherRun) {
  const TestFolder folder;
  const ResultStore store(folder.path());
  const auto results = results_of(parse_experiment(kText, "t"));
  store.write(results[0]);
  std::filesystem::rename(store.file_of(results[0].id), store.file_of(results[1].id));
  EXPECT_THROW((void)store.read(results[1].id), Error);
}

TEST(Status, EstimatesFromTheRunsThatAreDone) {
  const TestFolder folder;
  const Experiment experiment = parse_experiment(kText, "t");
  const auto results = results_of(experiment);
  const ResultStore store(folder.path());
  EXPECT_TRUE(std::isnan(seconds_left(status_of(expand_grid(experiment), folder.path()))));
  store.write(results[0]);
  RunResult failed = results[1];
  failed.failure = "why";
  store.write(failed);
  const auto all = status_of(expand_grid(experiment), folder.path());
  EXPECT_EQ(all[0].state, RunState::kDone);
  EXPECT_NEAR(all[0].dice, 0.5, 1e-12);
  EXPECT_EQ(all[1].state, RunState::kFailed);
  EXPECT_EQ(all[2].state, RunState::kWaiting);
  EXPECT_EQ(seconds_left(all), 6 * 10);
}

TEST(Slurm, GivesEveryRunATask) {
  const std::string script = slurm_script(parse_experiment(kText, "t"), {.file = "/x/my table.toml",
                                                                         .folder = "/x/runs",
                                                                         .current = "/x/here",
                                                                         .cpus = 8,
                                                                         .at_once = 2,
                                                                         .hours = 1.5,
                                                                         .program = "/y/medcl"});
  EXPECT_THAT(script, HasSubstr("#SBATCH --array=0-7%2\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --chdir=/x/here\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --time=1:30:00\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --signal=B:TERM@120\n")) << "exec makes the shell medcl";
  EXPECT_THAT(script, HasSubstr("exec /y/medcl experiment run '/x/my table.toml' -o /x/runs --only "
                                "\"$SLURM_ARRAY_TASK_ID\" --threads \"$SLURM_CPUS_PER_TASK\"\n"));
}

}  // namespace
}  // namespace medcl
