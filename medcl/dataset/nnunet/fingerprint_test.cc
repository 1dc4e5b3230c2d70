// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/fingerprint.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/percentile.h"
#include "medcl/core/test_paths.h"
#include "medcl/dataset/import.h"
#include "medcl/dataset/nnunet/plan_options.h"
#include "medcl/dataset/nnunet/planner.h"
#include "medcl/dataset/nnunet/value_counts.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl::nnunet {
namespace {

using ::testing::HasSubstr;

/// A case whose voxel v (i + 6 j + 30 k of 6 x 5 x 4) has value(v), with labels by label(v).
void write_case(const Dataset& dataset, const std::string& id,
                const std::function<float(std::int64_t)>& value,
                const std::function<std::int32_t(std::int64_t)>& label) {
  const Geometry geometry = small_geometry();
  Image image{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) image.voxels.push_back(value(v));
  write_image(image_path(dataset, id, 0), image, make_source_header(geometry));
  write_test_labels(label_path(dataset, id), geometry, label);
}

/// The small dataset: spacing .75 .5 5 mm.
Dataset with_cases(const TestFolder& folder, const std::function<float(std::int64_t)>& value,
                   const std::function<std::int32_t(std::int64_t)>& label) {
  const Dataset dataset = write_small_dataset(folder.path());
  for (const Case& one : dataset.cases) write_case(dataset, one.id, value, label);
  return dataset;
}

TEST(NnunetFingerprint, CropsToWhatIsNotZero) {
  const TestFolder folder;
  // Not 0: i of 1 to 4, j of 2 and 3, k of 0 to 2, with a hole in the middle.
  const auto value = [](std::int64_t v) {
    const std::int64_t i = v % 6, j = v / 6 % 5, k = v / 30;
    const bool hole = i == 2 && k == 1;
    return i >= 1 && i <= 4 && j >= 2 && j <= 3 && k <= 2 && !hole ? 7.0F : 0.0F;
  };
  const Dataset dataset = with_cases(folder, value, [](std::int64_t v) { return v % 2 == 0; });
  const Fingerprint found = fingerprint_of(dataset);
  ASSERT_EQ(found.shapes.size(), 4U);
  EXPECT_EQ(found.shapes[1], (std::array<std::int64_t, 3>{3, 2, 4}));
  EXPECT_EQ(found.kept_share, 24.0 / 120);
  EXPECT_NEAR(found.spacings_mm[0][0], 5, 1e-6);
  EXPECT_NEAR(found.spacings_mm[0][1], 0.5, 1e-6);
  EXPECT_NEAR(found.spacings_mm[0][2], 0.75, 1e-6);
}

TEST(NnunetFingerprint, TakesIntensitiesOfTheForegroundAndNotOfWhatNobodyAnnotated) {
  const TestFolder folder;
  // Voxel v has intensity v + 1. Labels: 10 to 19 are class 2, 20 background, the rest ignored (4).
  const Dataset dataset = with_cases(
      folder, [](std::int64_t v) { return static_cast<float>(v + 1); },
      [](std::int64_t v) { return v >= 10 && v < 20 ? 2
                                  : v == 20         ? 0
                                                    : 4; });
  const Intensities found = fingerprint_of(dataset).channels.front();
  EXPECT_EQ(found.least, 11);
  EXPECT_EQ(found.most, 20);
  EXPECT_NEAR(found.mean, 15.5, 1e-9);
  EXPECT_NEAR(found.median, 15.5, 1e-9);
  EXPECT_NEAR(found.deviation, std::sqrt(99.0 / 12), 1e-9);
  EXPECT_NEAR(found.percentile_00_5, 11, 1e-9);  // four cases hold each value four times
}

TEST(NnunetFingerprint, AllOfAnImageOfZerosCounts) {
  const TestFolder folder;
  const Dataset dataset = with_cases(
      folder, [](std::int64_t) { return 0.0F; }, [](std::int64_t) { return 1; });
  EXPECT_EQ(fingerprint_of(dataset).shapes[0], (std::array<std::int64_t, 3>{4, 5, 6}));
}

TEST(NnunetFingerprint, RefusesDataWithoutForeground) {
  const TestFolder folder;
  const Dataset dataset = with_cases(
      folder, [](std::int64_t) { return 1.0F; }, [](std::int64_t v) { return v < 5 ? 0 : 4; });
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { (void)fingerprint_of(dataset); }),
              HasSubstr("foreground"));
  Dataset unlabelled = dataset;
  for (Case& one : unlabelled.cases) one.labels.reset();
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { (void)fingerprint_of(unlabelled); }),
              HasSubstr("no case has labels"));
}

TEST(NnunetFingerprint, ReadsWhatItWrites) {
  const TestFolder folder;
  const Fingerprint before = fingerprint_of(write_small_dataset(folder.path()));
  const Json json = before.to_json();
  EXPECT_EQ(Fingerprint::from_json(json, "test").to_json(), json);
  for (const auto& broken : {R"({})", R"({"spacings": [], "shapes_after_crop": []})"}) {
    EXPECT_THAT(message_of(ErrorCode::kIo,
                           [&] { (void)Fingerprint::from_json(parse_json(broken, "b"), "file"); }),
                HasSubstr("file"));
  }
  Json zero = json;
  zero["spacings"][0][1] = 0;
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { (void)Fingerprint::from_json(zero, "file"); }),
              HasSubstr("positive"));
}

TEST(NnunetFingerprint, CountsCasesThatAreValidatedOnAndNotUnlabelledOnes) {
  const TestFolder folder;
  Dataset dataset = write_small_dataset(folder.path());
  dataset.cases.front().labels.reset();
  EXPECT_EQ(fingerprint_of(dataset).shapes.size(), 3U);
  const PlannedDataset planned = planned_dataset(dataset);
  EXPECT_EQ(planned.cases, 3);
  EXPECT_EQ(planned.label_entries, 5) << "background, three classes, ignore";
  EXPECT_EQ(planned.reader, "SimpleITKIO");
  EXPECT_EQ(planned.name, folder.path().filename().string());
}

TEST(NnunetFingerprint, IsThatOfRealHearts) {
  const auto data = data_folder();
  if (!data || !std::filesystem::exists(*data / "mscmr")) {
    GTEST_SKIP() << "no MSCMR at hand (MEDCL_DATA)";
  }
  const TestFolder folder;
  import_dataset("mscmr", *data / "mscmr", folder / "mscmr");
  Dataset dataset = read_dataset(folder / "mscmr");
  std::erase_if(dataset.cases, [&](const Case& one) {
    const auto& train = dataset.splits.front().train;
    return std::ranges::find(train, one.id) == train.end();
  });
  const Fingerprint found = fingerprint_of(dataset);
  const Plan plan = plan_of(found, planned_dataset(dataset), planners()[0]);
  EXPECT_EQ(plan.median_shape, (std::vector<std::int64_t>{15, 475, 469}));
  EXPECT_NEAR(plan.median_spacing_mm[0], 5, 1e-5);
  EXPECT_NEAR(plan.median_spacing_mm[1], 0.72907, 1e-5);
  EXPECT_NEAR(found.kept_share, 0.96264, 1e-5);
  EXPECT_EQ(plan.slices.patch, (PerAxis{512, 512}));
  EXPECT_EQ(plan.slices.batch, 12);
}

TEST(ValueCounts, GivesThePercentilesOfAllNumbers) {
  RandomStream random({.seed = 1, .purpose = Purpose::kTest});
  for (const std::size_t most_kept : {std::size_t{1} << 20, std::size_t{64}}) {
    ValueCounts counts(most_kept);
    std::vector<double> all;
    for (int n = 0; n < 2000; ++n) {
      const auto value = static_cast<float>(random.normal() * 100);
      counts.add(value);
      all.push_back(static_cast<double>(value));
    }
    // 64 values of both signs and some ten binary orders: three bits or so are left.
    const double tolerance = most_kept > 64 ? 1e-9 : 0.3;
    for (const double percent : {0.0, 0.5, 50.0, 90.0, 99.5, 100.0}) {
      const double expected = percentile(all, percent);
      EXPECT_NEAR(counts.percentile(percent), expected, tolerance * std::abs(expected) + 1e-9);
    }
    EXPECT_EQ(counts.least(), static_cast<float>(*std::ranges::min_element(all)));
  }
}

std::string value_of(const std::vector<PlannedOption>& options, const std::string& name) {
  const auto found = std::ranges::find(options, name, &PlannedOption::name);
  return found == options.end() ? "none" : found->value;
}

std::vector<PlannedOption> options_for(const std::array<std::int64_t, 3>& shape,
                                       const std::string& channel) {
  Fingerprint found{.channels = {{.percentile_00_5 = -50, .percentile_99_5 = 200}}};
  found.shapes.assign(20, shape);
  found.spacings_mm.assign(20, {5, 1, 1});
  return plan_options(plan_of(found, {.channel_names = {channel}, .cases = 20}, planners()[0]));
}

TEST(NnunetPlanOptions, AreThePlanAsFarAsThereAreOptions) {
  const auto options = options_for({10, 50, 35}, "CT");  // patch 56 x 40
  EXPECT_EQ(value_of(options, "crop.size"), "56");
  EXPECT_EQ(value_of(options, "network.strides"), R"(["1x1", "2x2", "2x2", "2x2"])");
  EXPECT_EQ(value_of(options, "prepare.spacing_mm"), "1.0");
  EXPECT_EQ(value_of(options, "prepare.normalisation"), "\"window\"");
  EXPECT_NEAR(std::stod(value_of(options, "prepare.window_high")), 200, 1e-9);
  EXPECT_EQ(value_of(options, "crop.rotation_degrees"), "180.0");
  const auto flat = options_for({10, 200, 60}, "T1");
  EXPECT_EQ(value_of(flat, "prepare.normalisation"), "\"volume-zscore\"");
  EXPECT_EQ(value_of(flat, "crop.rotation_degrees"), "15.0");
}

TEST(NnunetPlanOptions, SuitImagesOfAFewPixels) {
  const auto options = options_for({1, 5, 6}, "T1");
  EXPECT_EQ(value_of(options, "crop.size"), "16");
  EXPECT_EQ(value_of(options, "network.strides"), "none") << "the network's own rule";
}

TEST(NnunetPlanOptions, NeedAPlannerWhoseNetworkIsTrainedHere) {
  const TestFolder folder;
  const Dataset dataset = write_small_dataset(folder.path());
  const Fingerprint found = fingerprint_of(dataset);
  EXPECT_THAT(
      message_of(
          ErrorCode::kUsage,
          [&] { (void)plan_options(plan_of(found, planned_dataset(dataset), planners()[1])); }),
      HasSubstr("--json"));
}

}  // namespace
}  // namespace medcl::nnunet
