// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import_msd_list.h"

#include <gmock/gmock.h>

#include <fstream>

#include "medcl/core/finding_groups.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ImportList : public ::testing::Test {
 protected:
  void add(const std::string& image, const std::string& label = "") {
    write_test_image(source_.path() / image, small_geometry(), seed_++);
    if (label.empty()) return;
    write_test_labels(source_.path() / label, small_geometry(),
                      [](std::int64_t v) { return static_cast<std::int32_t>(v % 2); });
  }
  void describe(const std::string& lists) const {
    std::ofstream(source_ / "dataset.json")
        << R"({"modality": {"0": "MR"}, "labels": {"0": "background", "1": "LV"})" << lists << "}";
  }
  ImportReport import(const char* kind = "msd") {
    fs::remove_all(folder_ / "out");
    return import_dataset(kind, source_.path(), folder_ / "out");
  }
  Dataset imported() const { return read_dataset(folder_ / "out"); }
  std::string refusal(const char* kind = "msd") {
    return message_of(ErrorCode::kInvalidData, [&] { import(kind); });
  }
  static std::string text_of(const ImportReport& report) {
    std::string text;
    for (const Finding& one : report.findings) text += one.id + " " + to_line(one.problem) + "\n";
    return text;
  }

  TestFolder source_, folder_;
  std::uint64_t seed_ = 1;
};

TEST_F(ImportList, TheListSaysWhichLabelsBelongToWhichImage) {
  add("imagesTr/img0001.nii.gz", "labelsTr/label0001.nii.gz");
  add("imagesTr/img0002.nii.gz", "labelsTr2/other.nii.gz");
  describe(R"(, "training": [
      {"image": "./imagesTr/img0001.nii.gz", "label": "./labelsTr/label0001.nii.gz"},
      {"image": "imagesTr/img0002.nii.gz", "label": "labelsTr2/other.nii.gz"}])");
  import();
  EXPECT_EQ(counted_cases(imported().cases), "2 cases (2 labelled, 0 unlabelled)");
  EXPECT_EQ(read_file(label_path(imported(), "img0002")),
            read_file(source_ / "labelsTr2/other.nii.gz"));
}

TEST_F(ImportList, WhatIsNotListedIsLeftOutAndCounted) {
  add("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
  add("imagesTr/b.nii.gz", "labelsTr/b.nii.gz");
  add("imagesTr/c.nii.gz");
  describe(R"(, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"},
                             {"image": "./imagesTr/c.nii.gz"}])");
  const ImportReport report = import();
  EXPECT_EQ(counted_cases(imported().cases), "2 cases (1 labelled, 1 unlabelled)");
  EXPECT_THAT(text_of(report), HasSubstr("2 files: imagesTr/b.nii.gz, labelsTr/b.nii.gz"));
}

TEST_F(ImportList, AListedFileThatIsAbsentIsAnError) {
  add("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
  describe(R"(, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/x.nii.gz"}])");
  EXPECT_THAT(refusal(), HasSubstr("labelsTr/x.nii.gz"));
  describe(R"(, "training": [{"image": "./imagesTr/x.nii.gz"}])");
  EXPECT_THAT(refusal(), HasSubstr("imagesTr/x.nii.gz"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(ImportList, AListedFileThatIsThereWithAChannelNumberNamesTheOtherKind) {
  add("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz");
  add("imagesTr/a_0001.nii.gz");
  describe(R"(, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}])");
  EXPECT_THAT(refusal("msd"), HasSubstr("medcl import nnunet1"));
  EXPECT_THAT(refusal("msd"), HasSubstr("a_0000.nii.gz"));
}

TEST_F(ImportList, TheLayoutThatNeedsNoImportIsNamed) {
  add("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz");
  std::ofstream(source_ / "dataset.json")
      << R"({"channel_names": {"0": "MR"}, "labels": {"background": 0, "LV": 1},
             "numTraining": 1, "file_ending": ".nii.gz"})";
  for (const char* kind : {"msd", "nnunet1"}) {
    EXPECT_THAT(refusal(kind), HasSubstr("already the layout that medcl reads"));
    EXPECT_THAT(refusal(kind), HasSubstr("medcl check " + source_.path().string()));
  }
}

TEST_F(ImportList, ListsThatAreNoneAreRefused) {
  add("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
  for (const char* list :
       {"7", "[7]", "[{}]", R"([{"image": []}])", R"([{"image": "../a.nii.gz"}])",
        R"([{"image": "/etc/passwd"}])", R"([{"image": "imagesTr/a.nii.gz", "label": 3}])",
        R"(["imagesTr/a.nii.gz", "./imagesTr/a.nii.gz"])"}) {
    describe(std::string(R"(, "training": )") + list);
    EXPECT_THAT(refusal(), HasSubstr("dataset.json")) << list;
  }
}

TEST_F(ImportList, ImagesOfOneNameInSeveralFoldersKeepTheirFolder) {
  add("P1/image.nii.gz", "P1/label.nii.gz");
  add("P2/image.nii.gz", "P2/label.nii.gz");
  describe(R"(, "training": [{"image": "P1/image.nii.gz", "label": "P1/label.nii.gz"},
                             {"image": "P2/image.nii.gz", "label": "P2/label.nii.gz"}])");
  import();
  EXPECT_EQ(imported().cases[0].id, "P1-image");
  EXPECT_EQ(imported().cases[1].id, "P2-image");
}

TEST_F(ImportList, TheListOfNnunetNamesImagesWithoutTheirChannel) {
  add("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz");
  add("imagesTr/b_0000.nii.gz", "labelsTr/b.nii.gz");
  add("imagesTs/t_0000.nii.gz");
  describe(R"(, "training": [{"image": "./imagesTr/b.nii.gz", "label": "./labelsTr/b.nii.gz"}],
              "test": ["./imagesTs/t.nii.gz"])");
  const ImportReport report = import("nnunet1");
  ASSERT_EQ(imported().cases.size(), 1u);
  EXPECT_EQ(imported().cases[0].id, "b");
  EXPECT_EQ(imported().test_cases[0].id, "t");
  EXPECT_THAT(text_of(report), HasSubstr("imagesTr/a_0000.nii.gz"));
}

TEST_F(ImportList, WithoutAListLabelsMustFitTheirImages) {
  add("imagesTr/img0001.nii.gz", "labelsTr/stranger.nii.gz");
  add("imagesTr/img0002.nii.gz", "labelsTr/img0002.nii.gz");
  describe("");
  EXPECT_THAT(text_of(import()), HasSubstr("stranger.nii.gz"));
  add("imagesTr/img0003.nii.gz", "labelsTr/img0003_seg.nii.gz");
  EXPECT_THAT(refusal(), HasSubstr("img0003_seg.nii.gz"));
}

TEST_F(ImportList, LabelsByNameAreTakenAsTheyAre) {
  add("imagesTr/a.nii.gz", "labelsTr/a.nii.gz");
  std::ofstream(source_ / "dataset.json")
      << R"({"modality": {"0": "MR"}, "labels": {"background": 0, "LV": 1}})";
  import();
  EXPECT_EQ(imported().labels.classes[1].name, "LV");
}

}  // namespace
}  // namespace medcl
