// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/plan.h"

#include <gmock/gmock.h>

#include <fstream>

#include "medcl/core/formatted.h"
#include "medcl/dataset/intake/channel_words.h"
#include "medcl/dataset/intake/snap_names.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

/// No pixel is read for a plan: empty files will do.
class LooseFiles : public ::testing::Test {
 protected:
  void add(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      fs::create_directories((root_.path() / name).parent_path());
      std::ofstream(root_.path() / name) << "x";
    }
  }
  IntakePlan plan(const PlanOptions& options = {}) { return plan_intake({root_.path()}, options); }
  /// "case = image + image | labels" for every case.
  std::vector<std::string> cases(const PlanOptions& options = {}) {
    const IntakePlan made = plan(options);
    for (const Finding& one : made.findings) ADD_FAILURE() << to_line(one.problem);
    std::vector<std::string> texts;
    for (const PlannedCase& one : made.cases) {
      std::string text = one.id + " =";
      for (const std::size_t image : one.images) text += " " + made.list.sources[image].shown;
      if (one.labels) text += " | " + made.list.sources[*one.labels].shown;
      texts.push_back(text);
    }
    return texts;
  }
  std::string error(const PlanOptions& options = {}) {
    const IntakePlan made = plan(options);
    return made.findings.empty() ? "none" : to_line(made.findings.front().problem);
  }
  TestFolder root_;
};

TEST_F(LooseFiles, PairByTheWordsOfTheirNames) {
  add({"img_001.png", "mask_001.png", "img_002.png", "mask002.png"});
  EXPECT_THAT(cases(),
              ElementsAre("001 = img_001.png | mask_001.png", "002 = img_002.png | mask002.png"));
}

TEST_F(LooseFiles, PairByEqualNamesInFoldersThatSayWhatTheyHold) {
  add({"images/a1.tif", "images/a2.tif", "masks/a1.tif", "masks/A2.png"});
  EXPECT_THAT(cases(), ElementsAre("a1 = images/a1.tif | masks/a1.tif",
                                   "a2 = images/a2.tif | masks/A2.png"));
}

TEST_F(LooseFiles, PairWithTheOnlyCaseWhoseNameBeginsAlike) {
  add({"P1_S1.nii.gz", "P2_S1.nii.gz", "P2_S2.nii.gz", "P1_seg.nii.gz"});
  EXPECT_THAT(cases(), Contains("P1_S1 = P1_S1.nii.gz | P1_seg.nii.gz"));
  add({"P2_seg.nii.gz"});
  EXPECT_THAT(error(), HasSubstr("labels without an image")) << "which of two?";
}

TEST_F(LooseFiles, AreChannelsHoweverManyWhereEachCaseHasOneLabelFile) {
  for (const std::string one : {"a", "b"}) {
    for (int c = 0; c < 12; ++c) add({one + formatted("_%04d.nii.gz", c)});
    add({one + "_seg.nii.gz"});
  }
  const IntakePlan made = plan();
  EXPECT_THAT(made.findings, IsEmpty());
  ASSERT_EQ(made.cases.size(), 2u);
  EXPECT_EQ(made.cases[0].images.size(), 12u);
}

TEST_F(LooseFiles, AreNoChannelsWhereEachHasLabelsOfItsOwn) {
  add({"t0.nii.gz", "t1.nii.gz", "t2.nii.gz", "t0_seg.nii.gz", "t1_seg.nii.gz", "t2_seg.nii.gz"});
  EXPECT_THAT(cases(),
              ElementsAre("t0 = t0.nii.gz | t0_seg.nii.gz", "t1 = t1.nii.gz | t1_seg.nii.gz",
                          "t2 = t2.nii.gz | t2_seg.nii.gz"));
}

TEST_F(LooseFiles, AreFoundOnceWhereALinkLeadsBack) {
  add({"images/a.png", "masks/a.png"});
  fs::create_directory_symlink(root_.path(), root_.path() / "images" / "again");
  EXPECT_THAT(cases(), ElementsAre("a = images/a.png | masks/a.png"));
}

TEST_F(LooseFiles, OfADatasetWithoutItsDescriptionAreWarnedOf) {
  write_small_dataset(root_.path());
  const IntakePlan made =
      plan_intake({root_.path() / "imagesTr", root_.path() / "labelsTr"}, PlanOptions{});
  EXPECT_THAT(made.list.findings, Contains(Field(&Finding::id, "part-of-dataset")).Times(2));
}

TEST_F(LooseFiles, AreLabelsByTheNamesThatTheTableShows) {
  add({"pictures/a1.tif", "drawn/a1.tif"});
  for (const std::string name : {"drawn", "drawn/", "drawn/*", "drawn/a1.tif"}) {
    PlanOptions options;
    options.sources.labels = {name};
    EXPECT_THAT(cases(options), ElementsAre("a1 = pictures/a1.tif | drawn/a1.tif")) << name;
  }
}

TEST_F(LooseFiles, AreLabelsWithoutBeingNamedTwice) {
  add({"pictures/a1.tif", "pictures/a2.tif", "drawn/a1.tif", "other/a2.tif"});
  PlanOptions options;
  options.sources.labels = {(root_.path() / "drawn" / "").string()};
  const IntakePlan made = plan_intake({root_.path() / "pictures"}, options);
  EXPECT_THAT(made.findings, IsEmpty());
  ASSERT_EQ(made.cases.size(), 2U);
  EXPECT_EQ(made.list.sources.size(), 3U) << "nothing of the third folder";
  ASSERT_TRUE(made.cases[0].labels.has_value());
  EXPECT_EQ(made.list.sources[*made.cases[0].labels].shown, "drawn/a1.tif");
  EXPECT_FALSE(made.cases[1].labels.has_value());
}

TEST_F(LooseFiles, OfOneFolderForEachCaseAreNamedAfterIt) {
  add({"p1/scan.nii.gz", "p1/seg.nii.gz", "p2/scan.nii.gz", "p2/seg.nii.gz", "p3/scan.nii.gz"});
  EXPECT_THAT(cases(), ElementsAre("p1 = p1/scan.nii.gz | p1/seg.nii.gz",
                                   "p2 = p2/scan.nii.gz | p2/seg.nii.gz", "p3 = p3/scan.nii.gz"));
}

TEST_F(LooseFiles, ThatNameModalitiesAreChannelsOfOneCase) {
  add({"patient1/t1.nii.gz", "patient1/flair.nii.gz", "patient1/seg.nii.gz", "patient2/t1.nii.gz",
       "patient2/flair.nii.gz"});
  EXPECT_THAT(
      cases(),
      ElementsAre("patient1 = patient1/flair.nii.gz patient1/t1.nii.gz | patient1/seg.nii.gz",
                  "patient2 = patient2/flair.nii.gz patient2/t1.nii.gz"));
  EXPECT_THAT(plan().channel_names, ElementsAre("flair", "t1"));
  PlanOptions options;
  options.channels = {"t1"};
  EXPECT_THAT(cases(options), ElementsAre("patient1 = patient1/t1.nii.gz | patient1/seg.nii.gz",
                                          "patient2 = patient2/t1.nii.gz"));
}

TEST_F(LooseFiles, AsBratsHasThemAreChannelsToo) {
  add({"B1/B1_t1.nii.gz", "B1/B1_t2.nii.gz", "B1/B1_seg.nii.gz"});
  EXPECT_THAT(cases(), ElementsAre("B1 = B1_t1.nii.gz B1_t2.nii.gz | B1_seg.nii.gz"));
}

TEST_F(LooseFiles, WithoutOneOfTheChannelsAreNamed) {
  add({"a_t1.nii", "a_t2.nii", "b_t1.nii", "a_seg.nii"});
  EXPECT_THAT(error(), HasSubstr("case b"));
  EXPECT_THAT(error(), HasSubstr("--channels"));
}

TEST_F(LooseFiles, KeepNumbersThatAreNoChannels) {
  add({"patient_0012.nii", "patient_0013.nii", "patient_0012_seg.nii"});
  EXPECT_THAT(cases(), ElementsAre("patient_0012 = patient_0012.nii | patient_0012_seg.nii",
                                   "patient_0013 = patient_0013.nii"));
}

TEST_F(LooseFiles, AreNeverHiddenOnes) {
  add({"a.nii", "a_seg.nii", ".b.nii", "__MACOSX/a.nii", "__MACOSX/._a_seg.nii", "notes.pdf"});
  EXPECT_THAT(cases(), ElementsAre("a = a.nii | a_seg.nii"));
}

TEST_F(LooseFiles, OfNearlyOneNamePairAndTheTableSaysSo) {
  add({"case_01.nii", "case_02.nii", "case_1-label.nii"});
  EXPECT_THAT(cases(),
              ElementsAre("case_01 = case_01.nii | case_1-label.nii", "case_02 = case_02.nii"));
  EXPECT_THAT(plan().list.sources[1].why + plan().list.sources[2].why,
              HasSubstr("nearly the same"));
}

TEST_F(LooseFiles, ThatCouldBeEitherAreAskedFor) {
  add({"a/1.png", "a/2.png", "b/1.png", "b/2.png"});
  EXPECT_THAT(error(), HasSubstr("--labels"));
  PlanOptions options;
  options.sources.labels = {(root_.path() / "b").string()};
  EXPECT_THAT(cases(options), ElementsAre("a_1 = a/1.png | b/1.png", "a_2 = a/2.png | b/2.png"));
}

TEST_F(LooseFiles, OfOneNameTwiceAreRefused) {
  add({"a.nii", "a.nrrd", "a_seg.nii"});
  EXPECT_THAT(error(), HasSubstr("two images of one name"));
}

TEST_F(LooseFiles, LabelsTwiceOrWithoutAnImageAreRefused) {
  add({"a.nii", "b.nii", "a_seg.nii", "a_mask.nii"});
  EXPECT_THAT(error(), HasSubstr("two label files for one case"));
  fs::rename(root_.path() / "a_mask.nii", root_.path() / "other9_mask.nii");
  EXPECT_THAT(error(), HasSubstr("labels without an image"));
  PlanOptions options;
  options.pairs = {"b.nii=other9_mask.nii"};
  EXPECT_THAT(cases(options), ElementsAre("a = a.nii | a_seg.nii", "b = b.nii | other9_mask.nii"));
}

TEST_F(LooseFiles, WithStackAreSlicesInTheOrderOfTheirNumbers) {
  add({"images/s1/2.png", "images/s1/10.png", "images/s1/1.png", "masks/s1/1.png", "masks/s1/2.png",
       "masks/s1/10.png"});
  PlanOptions options;
  options.sources.stack = true;
  const IntakePlan made = plan(options);
  ASSERT_THAT(made.findings, IsEmpty());
  ASSERT_EQ(made.cases.size(), 1u);
  std::vector<std::string> names;
  for (const fs::path& path : made.list.sources[made.cases[0].images[0]].slices) {
    names.push_back(path.filename());
  }
  EXPECT_THAT(names, ElementsAre("1.png", "2.png", "10.png"));
}

TEST_F(LooseFiles, OfADatasetAreSentToTheVerbsThatReadIt) {
  write_small_dataset(root_.path());
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { plan(); }), HasSubstr("medcl check"));
}

TEST(ChannelWords, AreLastWordsThatEveryCaseHasAlike) {
  const ChannelWords found =
      find_channel_words({{"a", "pre"}, {"a", "post"}, {"b", "pre"}, {"b", "post"}}, {}, {});
  EXPECT_THAT(found.names, ElementsAre("post", "pre"));
  EXPECT_THAT(find_channel_words({{"a", "left"}, {"b", "right"}}, {}, {}).names, IsEmpty());
}

TEST(ChannelWords, AreNumbersOnlyWhereEveryCaseHasTheSame) {
  EXPECT_THAT(
      find_channel_words({{"a", "0000"}, {"a", "0001"}, {"b", "0000"}, {"b", "0001"}}, {}, {})
          .names,
      ElementsAre("0000", "0001"));
  EXPECT_THAT(find_channel_words({{"f", "0000"}, {"f", "0001"}, {"f", "0002"}}, {}, {}).names,
              IsEmpty());
}

TEST(SnapNames, LeavesOutWhatTheProgramMadeUp) {
  const TestFolder folder;
  std::ofstream(folder.path() / "l.txt")
      << "# ITK-SnAP Label Description File\r\n"
         "    0     0    0    0        0  0  0    \"Clear Label\"\r\n"
         "    1   255    0    0        1  1  1    \"LV cavity\"\r\n"
         "    2     0  255    0      0.5  1  1    \"Label 2\"\r\n";
  EXPECT_THAT(snap_label_names(folder.path() / "l.txt"),
              ElementsAre(std::pair(1, std::string("LV cavity"))));
  std::ofstream(folder.path() / "n.txt") << "1 2 3\n";
  EXPECT_THAT(snap_label_names(folder.path() / "n.txt"), IsEmpty());
}

}  // namespace
}  // namespace medcl
