// SPDX-License-Identifier: Apache-2.0
#include "medcl/inference/case_inputs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

fs::path touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
  return path;
}

std::vector<std::string> channels(std::size_t count) {
  std::vector<std::string> names{"LGE", "T2", "C0"};
  names.resize(count);
  return names;
}

ErrorCode code_of(const std::vector<fs::path>& inputs, std::size_t count) {
  try {
    find_case_inputs(inputs, channels(count));
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kFailure;
}

TEST(CaseInputs, GroupsChannelsOfAFolder) {
  const TestFolder folder;
  for (const char* name : {"b_0001.nii.gz", "b_0000.nii.gz", "a_0000.nii.gz", "a_0001.nii.gz"}) {
    touch(folder / name);
  }
  touch(folder / "notes.txt");
  const auto cases = find_case_inputs({folder.path()}, channels(2));
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].id, "a");
  EXPECT_EQ(cases[1].id, "b");
  EXPECT_EQ(cases[1].files[0].filename(), "b_0000.nii.gz");
  EXPECT_EQ(cases[1].files[1].filename(), "b_0001.nii.gz");
  EXPECT_EQ(cases[1].ending, ".nii.gz");
}

TEST(CaseInputs, KeepsNumbersThatAreNoChannels) {
  const TestFolder folder;
  touch(folder / "patient_0012.nii");
  touch(folder / "patient_0013.nrrd");
  touch(folder / "other_0000.mha");
  const auto cases = find_case_inputs({folder.path()}, channels(1));
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0].id, "other");
  EXPECT_EQ(cases[0].ending, ".mha");
  EXPECT_EQ(cases[1].id, "patient_0012");
  EXPECT_EQ(cases[1].ending, ".nii.gz");
  EXPECT_EQ(cases[2].ending, ".nrrd");
}

TEST(CaseInputs, TakesSeveralFilesAsChannelsInTheirOrder) {
  const TestFolder folder;
  const auto t2 = touch(folder / "t2.nii.gz"), lge = touch(folder / "lge.nii.gz");
  const auto together = find_case_inputs({t2, lge}, channels(2));
  ASSERT_EQ(together.size(), 1U);
  EXPECT_EQ(together[0].files, (std::vector<fs::path>{t2, lge}));
  EXPECT_TRUE(together[0].in_order);
  EXPECT_EQ(find_case_inputs({t2, lge}, channels(1)).size(), 2U);
}

TEST(CaseInputs, NamesSayWhichFileIsWhichChannelWhateverTheirOrder) {
  const TestFolder folder;
  const auto lge = touch(folder / "p_0000.nii.gz"), t2 = touch(folder / "p_0001.nii.gz");
  const auto other = touch(folder / "q_0001.nii.gz");
  const auto found = find_case_inputs({t2, lge}, channels(2));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "p");
  EXPECT_EQ(found[0].files, (std::vector<fs::path>{lge, t2}));
  EXPECT_FALSE(found[0].in_order);
  EXPECT_EQ(code_of({lge, other}, 2), ErrorCode::kModelMismatch) << "two patients";
}

TEST(CaseInputs, NoFileIsTwoChannelsOrTwoCases) {
  const TestFolder folder;
  const auto scan = touch(folder / "scan.nii.gz");
  fs::create_symlink(scan, folder / "link.nii.gz");
  EXPECT_EQ(code_of({scan, scan}, 2), ErrorCode::kUsage);
  EXPECT_EQ(code_of({scan, folder / "link.nii.gz"}, 2), ErrorCode::kUsage);
  EXPECT_EQ(code_of({scan, folder.path()}, 1), ErrorCode::kUsage);
}

TEST(CaseInputs, ADatasetIsAskedForItsFolderOfImages) {
  const TestFolder folder;
  touch(folder.path() / "imagesTs" / "p_0000.nii.gz");
  touch(folder / "dataset.json");
  try {
    find_case_inputs({folder.path()}, channels(1));
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("imagesTs"), std::string::npos) << error.what();
  }
}

TEST(CaseInputs, APictureBesideAScanIsNoCase) {
  const TestFolder folder;
  for (const char* name : {"1.dcm", "2.dcm", "preview.png"}) touch(folder.path() / "scan" / name);
  const auto found = find_case_inputs({folder / "scan"}, channels(1));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].files, (std::vector<fs::path>{folder / "scan"}));
}

TEST(CaseInputs, AFolderHasItsNameHoweverItIsCalled) {
  const TestFolder folder;
  for (const char* name : {"1.dcm", "2.dcm", "preview.png"}) touch(folder.path() / "scan" / name);
  for (const char* called : {"scan", "scan/", "scan/.", "scan/./", "scan/../scan/."}) {
    const auto found = find_case_inputs({folder / called}, channels(1));
    ASSERT_EQ(found.size(), 1U) << called;
    EXPECT_EQ(found[0].id, "scan") << called;
  }
}

TEST(CaseInputs, RefusesWhatIsAbsentIncompleteOrDouble) {
  const TestFolder folder;
  EXPECT_EQ(code_of({folder / "none.nii"}, 1), ErrorCode::kIo);
  EXPECT_EQ(code_of({folder.path()}, 1), ErrorCode::kIo);
  const auto first = touch(folder.path() / "in" / "a_0000.nii.gz");
  touch(folder.path() / "in" / "a_0001.nii.gz");
  EXPECT_EQ(code_of({folder / "in"}, 3), ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of({first, touch(folder.path() / "in2" / "a.nii.gz")}, 1), ErrorCode::kUsage);
}

TEST(CaseInputs, ASecondChannelIsNoCaseOfItsOwn) {
  const TestFolder folder;
  const auto first = touch(folder / "p_0000.nii.gz"), second = touch(folder / "p_0001.nii.gz");
  for (const std::vector<fs::path>& inputs :
       {std::vector<fs::path>{folder.path()}, std::vector<fs::path>{first, second}}) {
    try {
      find_case_inputs(inputs, channels(1));
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kModelMismatch);
      for (const char* part : {"p_0000", "p_0001", "0 LGE", "p_0001_0000"}) {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
      }
    }
  }
  EXPECT_EQ(code_of({touch(folder.path() / "gap" / "p_0000.nii"),
                     touch(folder.path() / "gap" / "p_0002.nii")},
                    3),
            ErrorCode::kModelMismatch);
  EXPECT_EQ(code_of({touch(folder.path() / "late" / "p_0001.nii")}, 2), ErrorCode::kModelMismatch);
  fs::rename(second, folder / "p_0001_0000.nii.gz");
  const auto cases = find_case_inputs({folder.path()}, channels(1));
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].id, "p");
  EXPECT_EQ(cases[1].id, "p_0001");
}

}  // namespace
}  // namespace medcl
