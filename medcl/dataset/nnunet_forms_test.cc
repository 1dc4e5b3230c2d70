// SPDX-License-Identifier: Apache-2.0
// Datasets of nnU-Net in all their forms: lists of files, regions, pictures.
#include <gmock/gmock.h>

#include <fstream>

#include "medcl/core/atomic_file.h"
#include "medcl/core/input_file.h"
#include "medcl/dataset/case_files.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/label_regions.h"
#include "medcl/dataset/read_case.h"
#include "medcl/dataset/relabel.h"
#include "medcl/dataset/scribbled_dataset.h"
#include "medcl/dataset/test_volumes.h"
#include "medcl/format/png.h"
#include "medcl/image/itk_bridge.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

Json description_of(const fs::path& root) { return read_json(root / "dataset.json"); }

/// The small dataset with its files in other places, listed in dataset.json.
Dataset write_listed_dataset(const fs::path& root) {
  const Dataset dataset = write_small_dataset(root);
  fs::rename(root / "imagesTr", root / "scans");
  fs::rename(root / "labelsTr", root / "drawn");
  Json json = description_of(root);
  for (const Case& one : dataset.cases) {
    json["dataset"][one.id] = {{"images", {"scans/" + one.id + "_0000.nii.gz"}},
                               {"label", "drawn/" + one.id + ".nii.gz"}};
  }
  json["dataset"]["c"].erase("label");
  write_json(root / "dataset.json", json);
  return read_dataset(root);
}

TEST(ListedDataset, IsReadFromWhereItsFilesLie) {
  const TestFolder folder;
  const Dataset dataset = write_listed_dataset(folder.path());
  EXPECT_EQ(counted_cases(dataset.cases), "4 cases (3 labelled, 1 unlabelled)");
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
  fs::remove(folder.path() / "drawn" / "a.nii.gz");
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { read_dataset(folder.path()); }),
              HasSubstr("dataset.a"));
}

TEST(ListedDataset, IsCopiedIntoTheUsualLayout) {
  const TestFolder folder;
  const Dataset dataset = write_listed_dataset(folder / "listed");
  relabel_dataset(dataset, plan_relabelling(dataset.labels, {"RV=right"}), folder / "copy");
  const Dataset copy = read_dataset(folder / "copy");
  EXPECT_EQ(counted_cases(copy.cases), "4 cases (3 labelled, 1 unlabelled)");
  EXPECT_TRUE(is_there(folder / "copy" / "imagesTr" / "a_0000.nii.gz"));
  EXPECT_FALSE(description_of(folder / "copy").contains("dataset"));
}

TEST(Regions, BecomeTheClassesThatTheFilesHold) {
  const Json labels = Json::parse(
      R"({"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": [3], "ignore": 4})");
  Findings findings;
  EXPECT_EQ(labels_without_regions(labels, Json::parse("[1, 2, 3]"), "x", findings).dump(),
            R"({"background":0,"whole":1,"core":2,"enhancing":3,"ignore":4})");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(findings[0].problem.found, HasSubstr("2 core"));
  const Json plain = Json::parse(R"({"background": 0, "LV": 1})");
  EXPECT_EQ(labels_without_regions(plain, Json(), "x", findings), plain);
  EXPECT_EQ(findings.size(), 1u);
}

TEST(Regions, OfOddOrdersStillNameEveryValueOnce) {
  const Json labels =
      Json::parse(R"({"background": 0, "kidney": [1, 2, 3], "mass": [2, 3], "tumour": 2})");
  Findings findings;
  EXPECT_EQ(labels_without_regions(labels, Json::parse("[1, 3, 2]"), "x", findings).dump(),
            R"({"background":0,"kidney":1,"tumour":2,"mass":3})");
}

/// Two cases of 4 x 4 pixels in three colours, the lower half of each a cell.
void write_picture_dataset(const fs::path& root) {
  const auto save = [&](const std::string& name, const Picture& picture) {
    FileSystem::get().create_folders((root / name).parent_path());
    write_atomically(root / name, std::span<const std::uint8_t>(encode_png(picture)));
  };
  for (const char* id : {"a", "b"}) {
    Picture colours{4, 4, 3, {}}, mask{4, 4, 1, {}};
    for (std::uint8_t v = 0; v < 48; ++v)
      colours.pixels.push_back(static_cast<std::uint8_t>(v * 5));
    for (std::uint8_t v = 0; v < 16; ++v) mask.pixels.push_back(v > 7 ? 1 : 0);
    colours.pixels[0] = static_cast<std::uint8_t>(id[0]);
    save("imagesTr/" + std::string(id) + "_0000.png", colours);
    save("labelsTr/" + std::string(id) + ".png", mask);
  }
  std::ofstream(root / "dataset.json")
      << R"({"channel_names": {"0": "R", "1": "G", "2": "B"}, "numTraining": 2, "file_ending": ".png",
             "labels": {"background": 0, "cell": 1}})";
}

TEST(PictureDataset, OfColoursHasAllChannelsInOneFile) {
  if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  const TestFolder folder;
  write_picture_dataset(folder.path());
  const Dataset dataset = read_dataset(folder.path());
  const CaseVolumes volumes = read_case(dataset.cases.at(0), dataset);
  ASSERT_EQ(volumes.channels.size(), 3u);
  EXPECT_EQ(volumes.channels[1].volume.voxels[1], 20);
  EXPECT_EQ(volumes.class_indices[8], 1);
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
  relabel_dataset(dataset, plan_relabelling(dataset.labels, {"cell=nucleus"}), folder / "copy");
  const Dataset copy = read_dataset(folder / "copy");
  EXPECT_EQ(counted_cases(copy.cases), "2 cases (2 labelled, 0 unlabelled)");
  EXPECT_EQ(read_case(copy.cases.at(0), copy).class_indices, volumes.class_indices);
}

TEST(PictureDataset, LabelsTakeTheSizeOfAPixelThatOnlyTheImageHas) {
  if (!itk_is_built_in()) GTEST_SKIP() << "built without ITK";
  const TestFolder folder;
  write_picture_dataset(folder.path());
  std::ofstream(folder / "imagesTr" / "a.json") << R"({"spacing": [1, 0.5, 0.25]})";
  const Dataset dataset = read_dataset(folder.path());
  const Findings findings = check_dataset(dataset);
  EXPECT_TRUE(has_errors(findings));
  EXPECT_TRUE(fix_dataset(dataset, findings).empty());
  const Findings refused = fix_dataset(dataset, findings, LabelAlignment::kWorld);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].id, "not-fixed");
  EXPECT_THAT(refused[0].problem.found, HasSubstr("--alignment index"));
  const Findings done = fix_dataset(dataset, findings, LabelAlignment::kIndex);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].id, "fixed-label-geometry");
  EXPECT_EQ(read_json(folder / "labelsTr" / "a.json"),
            Json::parse(R"({"spacing": [1, 0.5, 0.25]})"));
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
}

TEST(ScribbledDataset, ScribblesOnTrainingCasesAndLeavesTheJudgesAlone) {
  const TestFolder folder;
  Dataset dense = write_small_dataset(folder / "dense");
  dense.labels.ignore_value.reset();
  for (const Case& one : dense.cases) {
    write_test_labels(*one.labels, small_geometry(),
                      [](std::int64_t v) { return static_cast<std::int32_t>(v % 6 % 4); });
  }
  write_dataset_json(dense);
  const ScribbledDataset made =
      write_scribbled_dataset(read_dataset(folder / "dense"), {}, folder / "drawn");
  EXPECT_EQ(made.annotated_share.size(), 3u);
  EXPECT_EQ(made.annotated_share.count("d"), 0u) << "validated on";
  EXPECT_EQ(made.dataset.labels.ignore_value, 4);
  EXPECT_EQ(read_file(folder / "drawn" / "labelsTr" / "d.nii.gz"),
            read_file(folder / "dense" / "labelsTr" / "d.nii.gz"));
  EXPECT_EQ(made.dataset.splits.size(), 1u);
}

}  // namespace
}  // namespace medcl
