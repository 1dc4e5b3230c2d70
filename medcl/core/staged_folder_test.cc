// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/staged_folder.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::string refusal(const fs::path& target) {
  try {
    StagedFolder staged(target);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void expect_says(const std::string& message, const std::string& words) {
  EXPECT_NE(message.find(words), std::string::npos)
      << "'" << message << "' lacks '" << words << "'";
}

std::ptrdiff_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

TEST(StagedFolder, IsCompleteOrAbsent) {
  const TestFolder folder;
  for (const fs::path& target :
       {folder / "plain", folder / "with/parents", folder / "slash/", folder / "a/../b"}) {
    {
      const StagedFolder abandoned(target);
      write_atomically(abandoned.path() / "file", "x");
      EXPECT_FALSE(fs::exists(target));
    }
    StagedFolder staged(target);
    write_atomically(staged.path() / "file", "x");
    staged.publish();
    EXPECT_TRUE(fs::exists(target.lexically_normal() / "file"));
  }
  EXPECT_EQ(entries(folder.path()), 4);
}

TEST(StagedFolder, TakesEmptyFoldersAndLinksToThem) {
  const TestFolder folder;
  make_folders(folder / "empty");
  make_folders(folder / "big_disk/empty");
  fs::create_directory_symlink("big_disk/empty", folder / "link");
  for (const char* name : {"empty", "link"}) {
    StagedFolder staged(folder / name);
    write_atomically(staged.path() / "file", "x");
    staged.publish();
    EXPECT_TRUE(fs::exists(folder / name / "file"));
  }
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(entries(folder / "big_disk"), 1);
}

TEST(StagedFolder, RefusesWhatIsNotFree) {
  const TestFolder folder;
  make_folders(folder / "full");
  write_atomically(folder / "full/notes", "of a person");
  write_atomically(folder / "file", "of a person");
  fs::create_symlink("nowhere", folder / "dangling");
  expect_says(refusal(folder / "full"), "not empty");
  expect_says(refusal(folder / "file"), "is a file");
  expect_says(refusal(folder / "file/inside"), "file");
  expect_says(refusal(folder / "dangling"), "is a link to nothing");
  expect_says(refusal("/dev/null"), "is a character device");
  expect_says(refusal("/"), "root");
  const fs::path before = fs::current_path();
  make_folders(folder / "here");
  fs::current_path(folder / "here");
  expect_says(refusal("."), "current folder");
  fs::current_path(before);
  EXPECT_EQ(entries(folder.path()), 4);
}

TEST(StagedFolder, RefusesMountPoints) {
  const TestFolder folder;
  make_folders(folder / "mounted");
  if (::mount("medcl_test", (folder / "mounted").c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "nothing can be mounted here";
  }
  expect_says(refusal(folder / "mounted"), "mount point");
  EXPECT_EQ(refusal(folder / "mounted/inside"), "");
  ::umount((folder / "mounted").c_str());
}

TEST(StagedFolder, OneProcessAtATimeAndTheDeadDoNotBlock) {
  const TestFolder folder;
  const fs::path target = folder / "data";
  const pid_t child = ::fork();
  if (child == 0) {
    auto* staged = new StagedFolder(target);
    write_atomically(staged->path() / "big", std::string(100000, 'x'));
    ::_exit(0);  // as if killed
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(entries(folder.path()), 1);
  StagedFolder first(target);
  EXPECT_EQ(entries(folder.path()), 1) << "what the dead process left is still there";
  expect_says(refusal(target), "another process");
  EXPECT_EQ(refusal(folder / "data2"), "");
  first.publish();
}

TEST(StagedFolder, WhatAppearsMeanwhileStaysAndTheResultIsKept) {
  const TestFolder folder;
  StagedFolder staged(folder / "data");
  write_atomically(staged.path() / "file", "ours");
  make_folders(folder / "data");
  write_atomically(folder / "data/notes", "of a person");
  try {
    staged.publish();
    FAIL();
  } catch (const Error& error) {
    expect_says(error.what(), "kept as " + (folder / "data-1").string());
  }
  EXPECT_TRUE(fs::exists(folder / "data-1/file"));
  EXPECT_TRUE(fs::exists(folder / "data/notes"));
  EXPECT_EQ(entries(folder.path()), 2);
}

}  // namespace
}  // namespace medcl
