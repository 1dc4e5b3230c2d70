// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/stored_path.h"

#include <gtest/gtest.h>

#include <fstream>

#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

TEST(StoredPath, IsFoundAgainFromTheFolderOfItsFile) {
  const TestFolder folder;
  fs::create_directories(folder / "a/predictions");
  fs::create_directories(folder / "a/scores");
  std::ofstream(folder / "a/predictions/x.nii.gz") << "x";
  const fs::path seen = fs::relative(folder / "a/predictions/x.nii.gz");
  ASSERT_TRUE(seen.is_relative());
  const fs::path stored = stored_path(seen, fs::relative(folder / "a/scores"));
  EXPECT_EQ(stored, "../predictions/x.nii.gz");
  EXPECT_TRUE(fs::exists(found_path(stored, folder / "a/scores")));
  fs::rename(folder / "a", folder / "b");
  EXPECT_TRUE(fs::exists(found_path(stored, folder / "b/scores")));
}

TEST(StoredPath, FollowsALinkedFolder) {
  const TestFolder folder;
  fs::create_directories(folder / "deep/down/scores");
  std::ofstream(folder / "x.nii.gz") << "x";
  fs::create_directory_symlink(folder / "deep/down/scores", folder / "link");
  const fs::path stored = stored_path(fs::relative(folder / "x.nii.gz"), folder / "link");
  EXPECT_TRUE(fs::exists(found_path(stored, folder / "link")));
}

TEST(StoredPath, AbsoluteAndEmptyPathsStay) {
  EXPECT_EQ(stored_path("/data/x.nii.gz", "/tmp"), "/data/x.nii.gz");
  EXPECT_EQ(found_path("/data/x.nii.gz", "/tmp"), "/data/x.nii.gz");
  EXPECT_EQ(stored_path("", "/tmp"), "");
  EXPECT_EQ(found_path("", "/tmp"), "");
}

}  // namespace
}  // namespace medcl
