// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/planner.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "medcl/core/test_paths.h"
#include "medcl/dataset/nnunet/footprint.h"
#include "medcl/dataset/nnunet/plan_file.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl::nnunet {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A plan that nnU-Net 2.8.1 made, and what it was made from.
struct Reference {
  std::string name;
  Fingerprint fingerprint;
  PlannedDataset dataset;
  Json plan;
};

PlannedDataset dataset_of(const Json& json, const std::string& folder) {
  PlannedDataset dataset{.name = folder,
                         .label_entries = static_cast<std::int64_t>(json.at("labels").size()),
                         .cases = json.at("numTraining").get<std::int64_t>(),
                         .reader = json.value("overwrite_image_reader_writer", "")};
  for (const auto& one : json.at("channel_names").items()) {
    dataset.channel_names.push_back(one.value().get<std::string>());
  }
  return dataset;
}

std::vector<Reference> reference_plans() {
  std::vector<Reference> all;
  const auto fixtures = fixtures_folder();
  if (!fixtures || !fs::is_directory(*fixtures / "volumetric" / "plans")) return all;
  for (const auto& folder : fs::directory_iterator(*fixtures / "volumetric" / "plans")) {
    const std::string name = folder.path().filename().string();
    const Json fingerprint = read_json(folder.path() / "dataset_fingerprint.json");
    const Json dataset = read_json(folder.path() / "dataset.json");
    for (const auto& file : fs::directory_iterator(folder.path())) {
      if (!file.path().stem().string().ends_with("Plans")) continue;
      all.push_back({name + " " + file.path().stem().string(),
                     Fingerprint::from_json(fingerprint, name), dataset_of(dataset, name),
                     read_json(file.path())});
    }
  }
  return all;
}

const Planner& planner_of(const Json& plan) {
  const auto name = plan.at("experiment_planner_used").get<std::string>();
  return *std::ranges::find(planners(), name, &Planner::class_name);
}

/// Where two descriptions differ; numbers that are no integers may by 1e-9 of their size.
void expect_alike(const Json& found, const Json& expected, const std::string& where) {
  if (expected.is_structured()) {
    ASSERT_EQ(found.is_object(), expected.is_object()) << where;
    ASSERT_EQ(found.size(), expected.size()) << where << ": " << found << " " << expected;
    for (const auto& one : expected.items()) {
      const bool there = !expected.is_object() || found.contains(one.key());
      ASSERT_TRUE(there) << where << "/" << one.key();
      const Json& part =
          expected.is_object() ? found.at(one.key()) : found.at(std::stoul(one.key()));
      expect_alike(part, one.value(), where + "/" + one.key());
    }
  } else if (expected.is_number_float()) {
    const auto value = expected.get<double>();
    EXPECT_NEAR(found.get<double>(), value, 1e-9 * std::abs(value)) << where;
  } else {
    EXPECT_EQ(found, expected) << where;
  }
}

TEST(NnunetPlan, IsThatOfNnunetInEveryFieldForSlices) {
  const auto references = reference_plans();
  if (references.empty()) GTEST_SKIP() << "no reference plans";
  for (const Reference& one : references) {
    Json expected = one.plan;
    const Json slices = one.plan.at("configurations").at("2d");
    expected["configurations"] = Json{{"2d", slices}};
    expect_alike(plan_json(plan_of(one.fingerprint, one.dataset, planner_of(one.plan))), expected,
                 one.name);
  }
  EXPECT_GE(references.size(), 30U);
}

/// What comes for volumes needs no rule of its own.
TEST(NnunetPlan, ShapesVolumesByTheSameRules) {
  const auto references = reference_plans();
  if (references.empty()) GTEST_SKIP() << "no reference plans";
  int compared = 0;
  for (const Reference& one : references) {
    if (!one.plan.at("configurations").contains("3d_fullres")) continue;
    const Json& expected = one.plan.at("configurations").at("3d_fullres");
    const Plan plan = plan_of(one.fingerprint, one.dataset, planner_of(one.plan));
    const auto median = expected.at("median_image_size_in_voxels").get<std::vector<double>>();
    auto voxels = static_cast<double>(one.dataset.cases);
    for (const double side : median) voxels *= side;
    Configuration found =
        configuration_of(expected.at("spacing").get<std::vector<double>>(), median, voxels,
                         one.dataset.label_entries, planner_of(one.plan));
    found.batch_dice = expected.at("batch_dice").get<bool>();
    Json json = configuration_json(plan, "3d_fullres", found);
    json["data_identifier"] = expected.at("data_identifier");
    expect_alike(json, expected, one.name);
    ++compared;
  }
  EXPECT_GE(compared, 25);
}

Fingerprint alike(std::int64_t cases, const std::array<std::int64_t, 3>& shape,
                  const std::array<double, 3>& spacing_mm) {
  Fingerprint found{.channels = {{}}};
  for (std::int64_t n = 0; n < cases; ++n) {
    found.shapes.push_back(shape);
    found.spacings_mm.push_back(spacing_mm);
  }
  return found;
}

PlannedDataset some_dataset(std::int64_t cases) {
  return {.name = "Dataset001_Some", .channel_names = {"MRI"}, .cases = cases};
}

// 30 scans of 3 mm, of which the finest are of 1 mm: 3 > 3 x 0.9 and 3 x 100 < 512.
TEST(NnunetPlan, TakesAFineSpacingAlongAShortCoarseAxis) {
  Fingerprint found = alike(10, {100, 512, 512}, {3, 0.9, 0.9});
  found.spacings_mm[0][0] = 1;
  found.spacings_mm[1][0] = 2;
  // The tenth percentile lies at rank 0.9 of (1, 2, 3, ...).
  EXPECT_NEAR(target_grid(found).spacing_mm[0], 1.9, 1e-12);
  found.shapes.assign(10, {200, 512, 512});  // no longer short
  EXPECT_EQ(target_grid(found).spacing_mm[0], 3);
  found = alike(10, {100, 512, 512}, {3, 0.9, 0.9});
  found.spacings_mm[0][0] = found.spacings_mm[1][0] = 0.5;
  EXPECT_NEAR(target_grid(found).spacing_mm[0], 0.9 + 1e-5, 1e-12) << "never the finest";
}

TEST(NnunetPlan, PutsTheCoarsestAxisFirst) {
  const Plan plan =
      plan_of(alike(5, {256, 256, 12}, {0.8, 0.9, 8}), some_dataset(5), planners()[0]);
  EXPECT_EQ(plan.transpose, (PerAxis{2, 0, 1}));
  EXPECT_EQ(plan_json(plan).at("transpose_backward"), (Json{1, 2, 0}));
  EXPECT_EQ(plan.median_shape, (std::vector<std::int64_t>{12, 256, 256}));
  EXPECT_EQ(plan.slices.spacing_mm, (std::vector<double>{0.8, 0.9}));
}

TEST(NnunetPlan, NamesTheNormalisationOfEachChannel) {
  PlannedDataset dataset = some_dataset(3);
  dataset.channel_names = {"CT", "T2", "noNorm"};
  Fingerprint found = alike(3, {20, 100, 100}, {1, 1, 1});
  found.channels.resize(3);
  found.kept_share = 0.7;
  const Plan plan = plan_of(found, dataset, planners()[0]);
  EXPECT_EQ(plan.normalisations, (std::vector<std::string>{"CTNormalization", "ZScoreNormalization",
                                                           "NoNormalization"}));
  EXPECT_EQ(plan.use_mask, (std::vector<bool>{false, true, false}));
}

TEST(NnunetPlan, FitsWhateverTheDataAreLike) {
  std::mt19937 random(5);
  const auto draw = [&](double low, double high) {
    return std::exp(std::uniform_real_distribution<double>(std::log(low), std::log(high))(random));
  };
  for (int n = 0; n < 300; ++n) {
    const auto side = [&] { return static_cast<std::int64_t>(draw(1, 4000)); };
    const Fingerprint found =
        alike(3, {side(), side(), side()}, {draw(1e-4, 1e4), draw(1e-4, 1e4), draw(1e-4, 1e4)});
    for (const Planner& planner : planners()) {
      const Configuration shape = plan_of(found, some_dataset(3), planner).slices;
      const PerAxis multiple = shape.topology.multiple();
      for (std::size_t a = 0; a < 2; ++a) {
        EXPECT_GT(shape.patch[a], 0);
        EXPECT_EQ(shape.patch[a] % multiple[a], 0);
      }
      EXPECT_GE(shape.batch, 2);
      EXPECT_EQ(shape.features.size(), shape.topology.strides.size());
      EXPECT_EQ(shape.topology.kernels.size(), shape.topology.strides.size());
      EXPECT_EQ(shape.decoder_blocks.size() + 1, shape.encoder_blocks.size());
    }
  }
}

TEST(NnunetPlan, KnowsItsPlannersByName) {
  EXPECT_EQ(planner_named("resenc-xl").plans_name, "nnUNetResEncUNetXLPlans");
  EXPECT_THAT(message_of(ErrorCode::kUsage, [] { (void)planner_named("resenc"); }),
              HasSubstr("resenc-m"));
}

TEST(NnunetFootprint, IsTheSumOfTheMapsOfEveryConvolution) {
  // Two stages of 4 and 8 channels, 8 x 8 and 4 x 4: encoder 2 (4 64 + 8 16), decoder of two
  // convolutions and the transposed one 3 (4 64), heads 3 x 64.
  const Configuration shape{.patch = {8, 8},
                            .topology = {.strides = {{1, 1}, {2, 2}}, .kernels = {}},
                            .features = {4, 8},
                            .encoder_blocks = {2, 2},
                            .decoder_blocks = {2}};
  EXPECT_EQ(feature_values(shape, 3, /*residual=*/false), 2 * (256 + 128) + 3 * 256 + 3 * 64);
  // A stem, two convolutions in each block, and one past the first block of the second stage.
  EXPECT_EQ(feature_values(shape, 3, /*residual=*/true),
            256 + 4 * 256 + 5 * 128 + 3 * 256 + 3 * 64);
}

TEST(NnunetTopology, HalvesAloneAnAxisOfTwelve) {
  EXPECT_EQ(topology_of({1, 1}, {12, 7}).strides, (std::vector<PerAxis>{{1, 1}, {2, 1}}));
  EXPECT_EQ(topology_of({1, 1}, {11, 7}).strides, (std::vector<PerAxis>{{1, 1}}));
  EXPECT_EQ(topology_of({1, 1}, {8, 8}).strides, (std::vector<PerAxis>{{1, 1}, {2, 2}}));
}

TEST(NnunetTopology, LeavesAFarCoarserAxisAloneUntilTheOthersAreAsCoarse) {
  const Topology found = topology_of({4, 1, 1}, {32, 64, 64});
  EXPECT_EQ(found.strides,
            (std::vector<PerAxis>{{1, 1, 1}, {1, 2, 2}, {1, 2, 2}, {2, 2, 2}, {2, 2, 2}}));
  EXPECT_EQ(found.kernels,
            (std::vector<PerAxis>{{1, 3, 3}, {1, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}}));
  EXPECT_EQ(found.multiple(), (PerAxis{4, 16, 16}));
  EXPECT_EQ(rounded_up({50.5, 16, 1}, {8, 16, 4}), (PerAxis{56, 16, 4}));
}

}  // namespace
}  // namespace medcl::nnunet
