// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "medcl/core/error.h"
#include "medcl/core/stored_path.h"
#include "medcl/core/test_folder.h"
#include "medcl/dataset/phantom.h"
#include "medcl/evaluation/evaluate_folder.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/image/volume_io.h"
#include "medcl/report/history.h"
#include "medcl/report/score_tables.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// A small phantom dataset whose "predictions" are the references with some voxels taken away.
class Report : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TestFolder>();
    PhantomDatasetOptions options;
    options.phantom.size = 64;
    options.phantom.spacing_mm = 4;
    options.phantom.slices = 4;
    options.scribbled = 1;
    options.unlabelled = 1;
    options.validation = 1;
    options.test = 3;
    dataset_ = write_phantom_dataset(*folder_ / "data", options);
    fs::create_directories(*folder_ / "predictions");
    for (std::size_t c = 0; c < dataset_.test_cases.size(); ++c) damage(dataset_.test_cases[c], c);
    const Summary summary = evaluate_folder(
        {*folder_ / "predictions", *folder_ / "data/labelsTs", *folder_ / "data", false},
        EvaluateOptions{});
    write_summary(*folder_ / "summary.json", summary);
    fs::create_directories(*folder_ / "run");
    std::ofstream(*folder_ / "run/config.toml") << "# <b>options</b>\n";
    std::ofstream(*folder_ / "run/metrics.jsonl")
        << R"({"step":10,"epoch":1,"seconds":2.5,"loss":{"total":1.5,"scribble_ce":1.0}})"
        << "\n"
        << R"({"step":20,"seconds":5,"validation":{"dice":{"RV":0.5},"mean":0.5}})"
        << "\n"
        << R"({"step":30,"epoch":2,"seconds":6,"loss":{"tot)";
    inputs_.run = *folder_ / "run";
    inputs_.dataset = *folder_ / "data";
    inputs_.evaluation = *folder_ / "summary.json";
    inputs_.comparisons = {{"other <run>", *folder_ / "summary.json"}};
  }

  static void TearDownTestSuite() { folder_.reset(); }

  static void damage(const Case& one, std::size_t amount) {
    auto labels = read_labels(*one.labels);
    for (std::size_t v = 0; v < labels.volume.voxels.size(); v += 9 - 3 * amount) {
      labels.volume.voxels[v] = 0;
    }
    write_labels(*folder_ / ("predictions/" + one.id + ".nii.gz"), labels.volume, labels.source);
  }

  static inline std::unique_ptr<TestFolder> folder_;
  static inline Dataset dataset_;
  static inline ReportInputs inputs_;
};

TEST_F(Report, DescriptionsOfAnotherShapeAreRefusedInWords) {
  const TestFolder folder;
  ReportInputs inputs = inputs_;
  inputs.run = folder / "run";
  fs::create_directories(inputs.run / "best");
  for (const char* text :
       {"[]", "3", R"({"method": 3})",
        R"({"training": {"split": {"train": [], "validation": [1]}}})",
        R"({"training": {"split": {"validation": []}}})", R"({"postprocessing": []})"}) {
    std::ofstream(inputs.run / "best" / "model.json") << text;
    try {
      (void)build_report(inputs);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo) << text;
      EXPECT_NE(std::string(error.what()).find("model.json"), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find("json.exception"), std::string::npos);
    }
  }
}

TEST_F(Report, ShowsScoresPicturesCurvesAndProvenance) {
  const std::string html = build_report(inputs_);
  for (const char* part :
       {"Worst: ", "Median: ", "Best: ", "mean Dice", "not a medical device", "3 unseen test cases",
        "Loss terms", "Validation Dice", "&lt;b&gt;options&lt;/b&gt;", "other &lt;run&gt;",
        "apical", "basal", "What the model learned from", "HD95", "Volumes"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find(">scribble</div><div>reference"), std::string::npos) << "of unseen cases";
  EXPECT_EQ(html.find("src=\"http"), std::string::npos);
}

/// prediction.json as `medcl predict` writes it beside the label maps.
void write_record(const TestFolder& folder, const Dataset& dataset) {
  Json record = {{"labels", dataset.labels.to_json()}, {"postprocessing", "none"}};
  for (const Case& one : dataset.test_cases) {
    record["cases"].push_back(
        {{"id", one.id},
         {"images", {stored_path(one.images.front(), folder / "predictions").string()}},
         {"labels", one.id + ".nii.gz"},
         {"warnings", {"<b>unlike</b>"}}});
  }
  write_json(folder / "predictions/prediction.json", record);
}

TEST_F(Report, ShowsPredictionsAloneWithoutReferences) {
  write_record(*folder_, dataset_);
  ReportInputs inputs;
  inputs.run = inputs_.run;
  inputs.predictions = *folder_ / "predictions";
  std::int64_t pictured = 0;
  const std::string html =
      build_report(inputs, [&](std::int64_t done, std::int64_t total, const std::string&) {
        pictured = done;
        EXPECT_EQ(total, 3);
      });
  EXPECT_EQ(pictured, 3);
  for (const char* part : {"3 cases predicted, 3 with something unusual", "says how right",
                           "&lt;b&gt;unlike", "Volumes", "Predicted volume in ml", "Loss terms",
                           "not a medical device", "src=\"data:image/png"}) {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(html.find("Dice R"), std::string::npos);
  EXPECT_EQ(html.find("<b>unlike"), std::string::npos);
}

TEST_F(Report, SaysHowGoodTheModelWasInValidationAndWarnsOfAPoorOne) {
  write_record(*folder_, dataset_);
  const TestFolder folder;
  ReportInputs inputs;
  inputs.run = folder / "run";
  inputs.predictions = *folder_ / "predictions";
  fs::create_directories(inputs.run / "best");
  const auto page_of = [&](double dice) {
    std::ofstream(inputs.run / "best" / "model.json")
        << Json{{"postprocessing",
                 {{"largest_component", "each"},
                  {"validation_cases", 4},
                  {"mean_dice", {{"none", 0.1}, {"each", dice}}}}}};
    return build_report(inputs);
  };
  const std::string poor = page_of(0.43), good = page_of(0.84);
  EXPECT_NE(poor.find("a mean Dice of 0.43 (4 cases)"), std::string::npos);
  EXPECT_NE(poor.find("Much of what it predicts is wrong"), std::string::npos);
  EXPECT_NE(good.find("a mean Dice of 0.84 (4 cases)"), std::string::npos);
  EXPECT_EQ(good.find("Much of what it predicts is wrong"), std::string::npos);
}

TEST_F(Report, WithoutScoresAndPredictionsThereIsNothingToShow) {
  ReportInputs inputs;
  inputs.run = inputs_.run;
  try {
    build_report(inputs);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
  }
}

TEST_F(Report, NamesASystematicVolumeBias) {
  const std::string html = build_report(inputs_);
  // Every prediction lacks voxels of every class.
  EXPECT_NE(html.find("Systematic volume bias"), std::string::npos);
  EXPECT_NE(html.find("too small in 3 of 3 cases"), std::string::npos);
}

TEST_F(Report, NamesACaseThatTheDatasetDoesNotHave) {
  Summary summary = read_summary(*folder_ / "summary.json");
  summary.cases[0].id = "stranger";
  summary.cases[1].id = "stranger2";
  summary.cases[2].id = "stranger3";
  write_summary(*folder_ / "other.json", summary);
  ReportInputs inputs = inputs_;
  inputs.evaluation = *folder_ / "other.json";
  try {
    build_report(inputs);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidData);
    EXPECT_NE(std::string(error.what()).find("stranger"), std::string::npos);
  }
}

TEST_F(Report, OrdersCasesByMeanDice) {
  const Summary summary = read_summary(*folder_ / "summary.json");
  const auto order = order_by_dice(summary);
  ASSERT_EQ(order.size(), 3U);
  for (std::size_t i = 1; i < order.size(); ++i) {
    EXPECT_LE(mean_dice(summary.cases[order[i - 1]]), mean_dice(summary.cases[order[i]]));
  }
  const Table table = comparison_table({{"a", summary}, {"b", summary}});
  EXPECT_EQ(table.rows[1].back(), "0.000");
}

TEST_F(Report, ReadsALogThatWasCutOff) {
  const History history = read_history(*folder_ / "run/metrics.jsonl");
  ASSERT_EQ(history.losses.size(), 2U);
  EXPECT_EQ(history.losses[0].name, "total");
  EXPECT_EQ(history.losses[0].y, std::vector<double>{1.5});
  EXPECT_EQ(history.validation[0].y, std::vector<double>{0.5});
  EXPECT_EQ(history.steps, 20);
  std::ofstream(*folder_ / "broken.jsonl") << "{\"step\":1\n{\"step\":2}\n";
  EXPECT_THROW(read_history(*folder_ / "broken.jsonl"), Error);
}

}  // namespace
}  // namespace medcl
