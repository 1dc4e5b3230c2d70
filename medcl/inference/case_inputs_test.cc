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

ErrorCode code_of(const std::vector<fs::path>& inputs, std::int64_t channels) {
  try {
    find_case_inputs(inputs, channels);
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
  const auto cases = find_case_inputs({folder.path()}, 2);
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
  const auto cases = find_case_inputs({folder.path()}, 1);
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
  const auto together = find_case_inputs({t2, lge}, 2);
  ASSERT_EQ(together.size(), 1U);
  EXPECT_EQ(together[0].files, (std::vector<fs::path>{t2, lge}));
  EXPECT_EQ(find_case_inputs({t2, lge}, 1).size(), 2U);
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

}  // namespace
}  // namespace medcl
