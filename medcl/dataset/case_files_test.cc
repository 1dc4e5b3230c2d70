// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_files.h"

#include <gmock/gmock.h>

#include <fstream>

#include "medcl/core/finding_groups.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A dataset whose case b has lost its label file to another name.
class CaseFiles : public ::testing::Test {
 protected:
  CaseFiles() { write_small_dataset(root_.path()); }

  fs::path label(const std::string& name) const { return root_.path() / "labelsTr" / name; }
  fs::path image(const std::string& name) const { return root_.path() / "imagesTr" / name; }
  void rename_b(const std::string& name) { fs::rename(label("b.nii.gz"), label(name)); }

  Dataset read() { return read_dataset(root_.path()); }
  bool b_is_labelled() { return read().find("b")->labels.has_value(); }

  /// The only finding of the listing that is no note, or the only note.
  Finding finding() {
    const Dataset dataset = read();
    EXPECT_EQ(dataset.findings.size(), 1u);
    return dataset.findings.empty() ? Finding{} : dataset.findings.front();
  }

  /// Whoever uses the labels is told, and so is whoever checks.
  void expect_error(const std::string& id, const std::vector<std::string>& parts) {
    const Finding found = finding();
    EXPECT_EQ(found.id, id);
    EXPECT_EQ(found.severity, Severity::kError);
    const std::string message =
        message_of(ErrorCode::kInvalidData, [&] { require_sound_listing(read()); });
    for (const std::string& part : parts) EXPECT_THAT(message, HasSubstr(part));
    EXPECT_TRUE(has_errors(check_dataset(read())));
  }

  TestFolder root_;
};

TEST_F(CaseFiles, SoundNamesHaveNoFindings) {
  fs::copy_file(label("a.nii.gz"), label("a.nii.gz.orig"));
  fs::copy_file(label("a.nii.gz"), label("a.nii.gz.orig.2"));
  std::ofstream(label("._a.nii.gz")) << "x";
  EXPECT_TRUE(read().findings.empty());
  require_sound_listing(read());
  EXPECT_EQ(counted_cases(read().cases), "4 cases (4 labelled, 0 unlabelled)");
}

TEST_F(CaseFiles, LabelsUnderNearlyTheNameOfTheirImageAreErrors) {
  for (const auto& [name, advice] :
       std::vector<std::pair<std::string, std::string>>{{"b_0000.nii.gz", "rename it to b.nii.gz"},
                                                        {"b.seg.nrrd", "rename it to b.nrrd"},
                                                        {"B.nii.gz", "rename it to b.nii.gz"},
                                                        {"b-label.nii.gz", "rename it to b.nii.gz"},
                                                        {"b.png", "convert it to b.nii.gz"}}) {
    rename_b(name);
    EXPECT_FALSE(b_is_labelled()) << name;
    expect_error("label-nearly-named", {name, "case b", advice});
    fs::rename(label(name), label("b.nii.gz"));
  }
}

TEST_F(CaseFiles, OtherFilesNamedAfterACaseWithoutLabelsAreWarnings) {
  for (const char* name : {"b.nii.gz.bak", "b.gz", "b"}) {
    rename_b(name);
    EXPECT_EQ(finding().id, "label-not-read") << name;
    EXPECT_EQ(finding().severity, Severity::kWarning);
    EXPECT_THAT(to_line(finding().problem), HasSubstr("the labels of case b")) << name;
    fs::rename(label(name), label("b.nii.gz"));
  }
  fs::create_directories(label("old"));
  rename_b("old/b.nii.gz");
  EXPECT_EQ(finding().id, "label-not-read");
  fs::rename(label("old/b.nii.gz"), label("b.nii.gz"));
  EXPECT_EQ(finding().id, "foreign-file");
}

TEST_F(CaseFiles, AccentsThatAreEncodedOtherwiseAreNamedAsSuch) {
  fs::rename(image("b_0000.nii.gz"), image("ren\u00e9_0000.nii.gz"));
  rename_b("rene\u0301.nii.gz");
  expect_error("label-nearly-named", {"rene\u0301.nii.gz", "case ren\u00e9", "NFC, NFD"});
}

TEST_F(CaseFiles, OtherEndingsAreFoundAndNoted) {
  for (const char* name : {"b.NII.GZ", "b.nii", "b.nrrd", "b.Mha"}) {
    rename_b(name);
    EXPECT_TRUE(b_is_labelled()) << name;
    EXPECT_EQ(finding().id, "other-ending") << name;
    EXPECT_EQ(finding().severity, Severity::kInfo);
    require_sound_listing(read());
    fs::rename(label(name), label("b.nii.gz"));
  }
  fs::rename(image("b_0000.nii.gz"), image("b_0000.NII.gz"));
  EXPECT_EQ(read().cases.size(), 4u);
  EXPECT_EQ(finding().id, "other-ending");
}

TEST_F(CaseFiles, TheEndingOfTheDatasetComesFirst) {
  fs::copy_file(label("b.nii.gz"), label("b.nii"));
  EXPECT_EQ(read().find("b")->labels, label("b.nii.gz"));
  EXPECT_EQ(finding().id, "unused-file");
  EXPECT_EQ(finding().severity, Severity::kWarning);
  rename_b("b.nrrd");
  EXPECT_FALSE(b_is_labelled());
  expect_error("ambiguous-file", {"b.nii", "b.nrrd"});
}

TEST_F(CaseFiles, LinksThatLeadNowhereAreErrors) {
  fs::remove(label("b.nii.gz"));
  fs::create_symlink("nowhere.nii.gz", label("b.nii.gz"));
  expect_error("broken-link", {"labelsTr/b.nii.gz", "nowhere.nii.gz"});
  fs::remove(label("b.nii.gz"));
  fs::create_symlink(label("a.nii.gz"), label("b.nii.gz"));
  EXPECT_TRUE(b_is_labelled());
  fs::remove(image("b_0000.nii.gz"));
  fs::create_symlink("nowhere.nii.gz", image("b_0000.nii.gz"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidData, [&] { require_sound_listing(read()); }),
              HasSubstr("imagesTr/b_0000.nii.gz"));
}

TEST_F(CaseFiles, ErrorsOfTestCasesDoNotStopWhoTrains) {
  fs::create_directories(root_.path() / "imagesTs");
  fs::create_symlink("nowhere", root_.path() / "imagesTs" / "t_0000.nii.gz");
  EXPECT_EQ(finding().severity, Severity::kError);
  require_sound_listing(read());
  EXPECT_EQ(warnings_of(read().findings).size(), 1u);
  EXPECT_TRUE(has_errors(check_dataset(read())));
}

TEST_F(CaseFiles, FoldersNamedLikeImagesAreErrors) {
  fs::remove(label("b.nii.gz"));
  fs::create_directory(label("b.nii.gz"));
  expect_error("not-a-file", {"labelsTr/b.nii.gz", "a folder"});
}

TEST_F(CaseFiles, EveryOtherNameIsSaid) {
  std::ofstream(label("notes.txt")) << "x";
  fs::create_directory(image("more"));
  fs::copy_file(image("a_0000.nii.gz"), image("x.nii.gz"));
  fs::copy_file(image("a_0000.nii.gz"), image("_y_0000.nii.gz"));
  fs::copy_file(label("a.nii.gz"), label("stranger_12.nii.gz"));
  std::map<std::string, std::string> ids;
  for (const Finding& one : read().findings) {
    ids[fs::path(one.problem.where).filename().string()] = one.id;
  }
  EXPECT_EQ(ids,
            (std::map<std::string, std::string>{{"notes.txt", "foreign-file"},
                                                {"more", "foreign-file"},
                                                {"x.nii.gz", "image-without-channel"},
                                                {"_y_0000.nii.gz", "image-without-channel"},
                                                {"stranger_12.nii.gz", "label-without-image"}}));
  EXPECT_EQ(warnings_of(read().findings).size(), 3u);
}

TEST_F(CaseFiles, ASecondChannelIsNoCaseOfItsOwn) {
  fs::copy_file(image("b_0000.nii.gz"), image("b_0001.nii.gz"));
  const std::string message = message_of(ErrorCode::kInvalidData, [&] { read(); });
  for (const char* part : {"b_0000.nii.gz", "b_0001.nii.gz", "0 LGE", "b_0001_0000"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST_F(CaseFiles, AFolderOfLabelsThatCannotBeReadIsNoFolderWithoutLabels) {
  fs::rename(root_ / "labelsTr", root_ / "elsewhere");
  fs::create_symlink("nowhere", root_ / "labelsTr");
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read(); }), HasSubstr("labelsTr"));
  fs::remove(root_ / "labelsTr");
  EXPECT_EQ(counted_cases(read().cases), "4 cases (0 labelled, 4 unlabelled)");
}

}  // namespace
}  // namespace medcl
