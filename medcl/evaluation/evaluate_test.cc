// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/test_paths.h"
#include "medcl/evaluation/evaluate_folder.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/image/test_support.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

using testing::message_of;
using testing::TemporaryFolder;

LabelMap two_classes() {
  return {.classes = {{"background", 0}, {"RV", 1}, {"LV", 3}}, .ignore_value = 4};
}

Labels volume(const Size3& size, std::vector<std::int32_t> voxels, double spacing = 1) {
  Labels labels{.geometry = {.size = size}, .voxels = std::move(voxels)};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    labels.geometry.world_from_index[axis][axis] = spacing;
  }
  return labels;
}

CaseResult evaluated(const Labels& prediction, const Labels& reference,
                     const EvaluateOptions& options = {}) {
  return evaluate_case("a", prediction, reference, reference.geometry.spacing_mm(), two_classes(),
                       options);
}

TEST(Evaluate, PerfectPredictionsArePerfect) {
  const Labels labels = volume({4, 1, 2}, {0, 1, 1, 3, 0, 1, 3, 3}, 2);
  for (const ClassMetrics& found : evaluated(labels, labels).classes) {
    EXPECT_EQ(found.dice, 1);
    EXPECT_EQ(found.jaccard, 1);
    EXPECT_EQ(found.hd_mm, 0);
    EXPECT_EQ(found.assd_mm, 0);
    EXPECT_EQ(found.surface_dice, 1);
    EXPECT_NEAR(found.volume_pred_ml, 3 * 8 / 1000.0, 1e-12);
    EXPECT_EQ(found.volume_difference_ml, 0);
    EXPECT_FALSE(found.policy_used);
  }
}

TEST(Evaluate, CountsAndDistancesOfASmallCase) {
  const Labels prediction = volume({5, 1, 1}, {1, 1, 0, 0, 3}, 2);
  const Labels reference = volume({5, 1, 1}, {0, 1, 1, 1, 3}, 2);
  const ClassMetrics found = evaluated(prediction, reference).classes[0];
  EXPECT_DOUBLE_EQ(found.dice, 2.0 / 5);
  EXPECT_DOUBLE_EQ(found.jaccard, 1.0 / 4);
  EXPECT_EQ(found.overlap.true_positives(), 1);
  EXPECT_EQ(found.overlap.false_positives(), 1);
  EXPECT_EQ(found.overlap.false_negatives(), 2);
  EXPECT_EQ(found.overlap.true_negatives(), 1);
  EXPECT_DOUBLE_EQ(found.hd_mm, 4);
  EXPECT_DOUBLE_EQ(found.assd_mm, (2 + 0 + 0 + 2 + 4) / 5.0);
}

TEST(Evaluate, EmptyMasksFollowThePolicy) {
  const Size3 size{4, 3, 2};
  const Labels nothing = volume(size, std::vector<std::int32_t>(24, 0));
  std::vector<std::int32_t> voxels(24, 0);
  voxels[5] = 1;
  const Labels something = volume(size, voxels);
  const double diagonal = std::hypot(3, 2, 1);

  const CaseResult one = evaluated(nothing, something);
  EXPECT_EQ(one.classes[0].dice, 0);
  EXPECT_DOUBLE_EQ(one.classes[0].hd_mm, diagonal);
  EXPECT_DOUBLE_EQ(one.classes[0].hd95_pooled_mm, diagonal);
  EXPECT_EQ(one.classes[0].surface_dice, 0);
  EXPECT_TRUE(one.classes[0].policy_used);
  EXPECT_EQ(one.classes[1].dice, 1);
  EXPECT_EQ(one.classes[1].hd_mm, 0);
  EXPECT_EQ(one.classes[1].surface_dice, 1);
  EXPECT_EQ(evaluated(something, nothing).classes[0].dice, 0);

  const CaseResult nan = evaluated(nothing, something, {.empty = "nan"});
  EXPECT_EQ(nan.classes[0].dice, 0);
  EXPECT_TRUE(std::isnan(nan.classes[0].hd_mm));
  EXPECT_TRUE(std::isnan(nan.classes[1].dice));

  const Summary summary = summarise({one, one}, two_classes(), {});
  EXPECT_EQ(summary.policy_cases, (std::vector<std::int64_t>{2, 2}));
}

TEST(Evaluate, IgnoredVoxelsDoNotCount) {
  const Labels prediction = volume({4, 1, 1}, {1, 1, 1, 0});
  const Labels reference = volume({4, 1, 1}, {1, 4, 4, 0});
  const ClassMetrics found = evaluated(prediction, reference).classes[0];
  EXPECT_EQ(found.dice, 1);
  EXPECT_EQ(found.overlap.n_total, 2);
  message_of(ErrorCode::kInvalidData, [&] { evaluated(reference, prediction); });
}

TEST(Evaluate, DifferentGridsAreRefusedUnlessComparedByIndex) {
  const Labels a = volume({2, 1, 1}, {1, 3});
  Labels b = a;
  b.geometry.world_from_index[0][3] = 1;
  const std::string message = message_of(ErrorCode::kInvalidData, [&] { evaluated(a, b); });
  EXPECT_NE(message.find("case a"), std::string::npos);
  EXPECT_NE(message.find("origin"), std::string::npos);
  EXPECT_EQ(evaluated(a, b, {.alignment = "index"}).classes[0].dice, 1);
  const Labels c = volume({1, 2, 1}, {1, 3});
  message_of(ErrorCode::kInvalidData, [&] { evaluated(a, c, {.alignment = "index"}); });
}

TEST(Evaluate, PredictionsStoredInAnotherAxisOrderAreReordered) {
  RandomStream random({.seed = 4, .purpose = Purpose::kTest});
  Labels reference = volume({7, 5, 4}, std::vector<std::int32_t>(140));
  reference.geometry.world_from_index = {{{-0.7, 0, 0, 9}, {0, -0.7, 0, 4}, {0, 0, 5, 1}}};
  Labels prediction = reference;
  for (auto& voxel : reference.voxels) voxel = random.chance(0.4) ? 1 : 0;
  for (auto& voxel : prediction.voxels) voxel = random.chance(0.4) ? 1 : 0;
  const ClassMetrics expected = evaluated(prediction, reference).classes[0];
  for (const AxisOrder& order : testing::all_axis_orders()) {
    Labels stored = prediction;
    reorder(stored, order);
    const ClassMetrics found = evaluated(stored, reference).classes[0];
    for (const Metric& metric : metrics()) {
      EXPECT_EQ(found.*metric.value, expected.*metric.value) << metric.key;
    }
    Labels same = reference;
    reorder(same, order);
    EXPECT_EQ(evaluated(same, reference).classes[0].dice, 1);
  }
}

TEST(Evaluate, GridsThatNoOrderBringsTogetherNeedADecision) {
  const Labels reference = volume({2, 2, 1}, {1, 0, 0, 1});
  Labels elsewhere = reference;
  elsewhere.geometry.world_from_index[0][3] += 50;
  const std::string text =
      message_of(ErrorCode::kInvalidData, [&] { evaluated(elsewhere, reference); });
  EXPECT_NE(text.find("resample"), std::string::npos) << text;
  EXPECT_NE(text.find("--alignment index"), std::string::npos) << text;
}

TEST(Evaluate, VolumesOfOneSliceAreMeasuredInTheirPlane) {
  constexpr std::size_t kPixels = 41UL * 41;
  std::vector<std::int32_t> small(kPixels), large(kPixels);
  for (int v = 0; v < 41 * 41; ++v) {
    const double radius = std::hypot(v % 41 - 20, v / 41 - 20);
    small[static_cast<std::size_t>(v)] = radius <= 10 ? 1 : 0;
    large[static_cast<std::size_t>(v)] = radius <= 15 ? 1 : 0;
  }
  for (const Size3& size : {Size3{41, 41, 1}, Size3{41, 1, 41}, Size3{1, 41, 41}}) {
    const CaseResult found = evaluated(volume(size, small), volume(size, large));
    EXPECT_EQ(found.surface_dimensions, 2);
    EXPECT_NEAR(found.classes[0].hd_mm, 5, 0.2);
    EXPECT_NEAR(found.classes[0].assd_mm, 4.8, 0.2);
  }
  EXPECT_EQ(evaluated(volume({2, 1, 2}, {1, 0, 0, 1}), volume({2, 1, 2}, {1, 0, 0, 1}))
                .surface_dimensions,
            2);
}

TEST(Evaluate, UnknownLabelsAreRefused) {
  message_of(ErrorCode::kInvalidData, [] {
    evaluated(volume({2, 1, 1}, {1, 2}), volume({2, 1, 1}, {1, 3}));
  });
}

TEST(Statistic, AgreesWithTheReferenceNumbers) {
  const auto folder = fixtures_folder();
  if (!folder) {
    GTEST_SKIP() << "no fixtures";
  }
  const auto file = SafetensorsFile::open(*folder / "metrics" / "masks_metrics.safetensors");
  const Json config = parse_json(file.metadata().at("config"), "config");
  const auto columns = config.at("columns").get<std::vector<std::string>>();
  const auto rows = config.at("aggregate_rows").get<std::vector<std::string>>();
  const auto kinds = config.at("aggregate_columns").get<std::vector<std::string>>();
  const auto column = [](const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const auto values = testing::doubles_of(file.at("values"));
  const auto expected = testing::doubles_of(file.at("aggregate"));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::vector<double> list;
    for (std::size_t at = column(columns, rows[row]); at < values.size(); at += columns.size()) {
      list.push_back(values[at]);
    }
    const Statistic found = statistic_of(list);
    const double* want = expected.data() + row * kinds.size();
    EXPECT_EQ(static_cast<double>(found.count), want[column(kinds, "n_finite")]) << rows[row];
    EXPECT_NEAR(found.mean, want[column(kinds, "mean")], 1e-9) << rows[row];
    EXPECT_NEAR(found.sd, want[column(kinds, "std_ddof1")], 1e-9) << rows[row];
  }
}

TEST(Statistic, FewValuesHaveNoDeviation) {
  EXPECT_TRUE(std::isnan(statistic_of({}).mean));
  const std::vector<double> one{5, NAN};
  EXPECT_EQ(statistic_of(one).mean, 5);
  EXPECT_EQ(statistic_of(one).count, 1);
  EXPECT_TRUE(std::isnan(statistic_of(one).sd));
}

TEST(Summary, HasTheShapeOfNnunetAndComesBack) {
  const Labels reference = volume({4, 1, 1}, {1, 1, 3, 0});
  const CaseResult a = evaluated(volume({4, 1, 1}, {1, 0, 3, 0}), reference);
  const CaseResult b = evaluate_case("b", volume({4, 1, 1}, {0, 0, 3, 3}), reference, {1, 1, 1},
                                     two_classes(), {.empty = "nan"});
  const Summary summary = summarise({a, b}, two_classes(), {.empty = "nan"});
  const Json json = to_json(summary);
  EXPECT_DOUBLE_EQ(json.at("mean").at("1").at("Dice").get<double>(), (2.0 / 3 + 0) / 2);
  EXPECT_DOUBLE_EQ(json.at("mean").at("3").at("Dice").get<double>(), (1 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(json.at("foreground_mean").at("Dice").get<double>(),
                   ((2.0 / 3 + 0) / 2 + (1 + 2.0 / 3) / 2) / 2);
  const Json& metrics_of_case = json.at("metric_per_case").at(1).at("metrics").at("1");
  EXPECT_TRUE(metrics_of_case.at("HD").is_null());
  EXPECT_EQ(metrics_of_case.at("FN").get<int>(), 2);
  for (const char* key : {"Dice", "IoU", "TP", "FP", "FN", "TN", "n_pred", "n_ref"}) {
    EXPECT_TRUE(metrics_of_case.contains(key)) << key;
    EXPECT_TRUE(json.at("foreground_mean").contains(key)) << key;
  }
  EXPECT_EQ(json.at("medcl").at("statistics").at("RV").at("HD").at("count").get<int>(), 1);
  EXPECT_EQ(json.at("medcl").at("empty_mask_cases").at("RV").get<int>(), 1);

  const Json again = to_json(summary_from_json(json, "here"));
  EXPECT_EQ(again, json);
  message_of(ErrorCode::kIo, [] { summary_from_json(Json::object(), "here"); });
}

class EvaluateFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ / "predictions");
    std::filesystem::create_directory(folder_ / "labelsTs");
    testing::write_text(folder_ / "dataset.json",
                        R"({"labels": {"background": 0, "RV": 1, "LV": 3, "ignore": 4}})");
    put("labelsTs/a.nii.gz");
    put("labelsTs/b.nii.gz");
    put("predictions/a.nii.gz");
    put("predictions/b.nii");
    testing::write_text(folder_ / "predictions/prediction.json", "{}");
  }

  void put(const std::string& name) {
    const Labels labels = volume({4, 1, 1}, {1, 1, 3, 0});
    write_labels(folder_ / name, labels, make_source_header(labels.geometry));
  }

  [[nodiscard]] FolderPair folders() const {
    return {.predictions = folder_ / "predictions",
            .references = folder_ / "labelsTs",
            .dataset = {},
            .allow_missing = false};
  }

  TemporaryFolder folder_;
};

TEST(Summarise, SpreadsOverCasesAndNotOverTheirClasses) {
  const LabelMap labels{.classes = {{"background", 0}, {"RV", 1}, {"LV", 2}}};
  CaseResult one{.id = "a"}, other{.id = "b"}, empty{.id = "c"};
  one.classes = {{.dice = 0.2}, {.dice = 0.8}};
  other.classes = {{.dice = 0.4}, {.dice = 1.0}};
  empty.classes = {{.dice = NAN}, {.dice = 0.9}};
  const Summary two = summarise({one, other}, labels, {});
  EXPECT_NEAR(two.over_classes[0].mean, 0.6, 1e-12);
  EXPECT_NEAR(two.over_classes[0].sd, 0.2 / std::sqrt(2.0), 1e-12);
  EXPECT_EQ(two.over_classes[0].count, 2);
  const Summary three = summarise({one, other, empty}, labels, {});
  EXPECT_NEAR(three.over_classes[0].mean, (0.5 + 0.7 + 0.9) / 3, 1e-12)
      << "what is not there is left out";
}

TEST_F(EvaluateFolder, MatchesFilesByCase) {
  const Summary summary = evaluate_folder(folders(), {});
  ASSERT_EQ(summary.cases.size(), 2U);
  EXPECT_EQ(summary.cases[1].id, "b");
  EXPECT_EQ(summary.cases[1].prediction_file.filename(), "b.nii");
  EXPECT_EQ(summary.over_classes[0].mean, 1);
  EXPECT_EQ(summary.over_classes[0].count, 2);
  write_summary(folder_ / "summary.json", summary);
  EXPECT_EQ(to_json(read_summary(folder_ / "summary.json")), to_json(summary));
}

TEST_F(EvaluateFolder, PixelsWithoutASizeAreShownAsPixels) {
  Json description = read_json(folder_ / "dataset.json");
  description["unit"] = "pixel";
  write_json(folder_ / "dataset.json", description);
  write_summary(folder_ / "summary.json", evaluate_folder(folders(), {}));
  const Summary summary = read_summary(folder_ / "summary.json");
  ASSERT_TRUE(summary.units.pixels);
  for (const Metric& metric : metrics()) {
    const std::string title = title_of(metric, summary.units);
    EXPECT_EQ(title.find(" mm"), std::string::npos) << title;
    EXPECT_EQ(title.find(" ml"), std::string::npos) << title;
    EXPECT_EQ(title_of(metric, {}), metric.title);
  }
  const ClassMetrics& first = summary.cases[0].classes[0];
  const auto volume = std::ranges::find_if(
      metrics(), [](const Metric& one) { return std::string(one.key) == "Volume_pred_ml"; });
  EXPECT_DOUBLE_EQ(shown_value(*volume, 0.012, summary.units), 12);
  EXPECT_DOUBLE_EQ(shown_value(*volume, first.volume_pred_ml, {}), first.volume_pred_ml);
}

TEST_F(EvaluateFolder, RelativePathsAreRelativeToTheResultFile) {
  namespace fs = std::filesystem;
  FolderPair near = folders();
  near.predictions = fs::relative(near.predictions);
  ASSERT_TRUE(near.predictions.is_relative());
  fs::create_directories(folder_ / "scores");
  write_summary(folder_ / "scores/s.json", evaluate_folder(near, {}));
  const Json json = read_json(folder_ / "scores/s.json");
  EXPECT_EQ(json["metric_per_case"][0]["prediction_file"], "../predictions/a.nii.gz");
  EXPECT_EQ(json["metric_per_case"][0]["reference_file"], (folder_ / "labelsTs/a.nii.gz").string());
  fs::create_directories(folder_ / "moved");
  fs::rename(folder_ / "scores", folder_ / "moved/scores");
  fs::rename(folder_ / "predictions", folder_ / "moved/predictions");
  const Summary moved = read_summary(folder_ / "moved/scores/s.json");
  for (const CaseResult& one : moved.cases) {
    EXPECT_TRUE(fs::exists(one.prediction_file)) << one.prediction_file;
    EXPECT_TRUE(fs::exists(one.reference_file)) << one.reference_file;
  }
}

TEST_F(EvaluateFolder, MissingAndSurplusFilesAreNamed) {
  put("labelsTs/carl.nii.gz");
  EXPECT_NE(message_of(ErrorCode::kInvalidData, [&] { match_files(folders()); }).find("carl"),
            std::string::npos);
  FolderPair lenient = folders();
  lenient.allow_missing = true;
  EXPECT_EQ(match_files(lenient).size(), 2U);
  put("predictions/dora.nii.gz");
  EXPECT_EQ(match_files(lenient).size(), 2U) << "without a reference nothing can be scored";
  std::filesystem::remove(folder_ / "labelsTs/carl.nii.gz");
  EXPECT_NE(message_of(ErrorCode::kInvalidData, [&] { match_files(folders()); }).find("dora"),
            std::string::npos);
}

TEST_F(EvaluateFolder, TwoFilesOfOneCaseAreRefused) {
  put("predictions/a.nii");
  message_of(ErrorCode::kInvalidData, [&] { match_files(folders()); });
}

TEST_F(EvaluateFolder, MissingFoldersAndLabelMapsAreNamed) {
  FolderPair absent = folders();
  absent.predictions = folder_ / "nowhere";
  EXPECT_NE(message_of(ErrorCode::kIo, [&] { match_files(absent); }).find("nowhere"),
            std::string::npos);
  std::filesystem::remove(folder_ / "dataset.json");
  EXPECT_NE(
      message_of(ErrorCode::kUsage, [&] { find_label_description(folders()); }).find("--dataset"),
      std::string::npos);
}

}  // namespace
}  // namespace medcl
