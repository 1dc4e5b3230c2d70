// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/draft.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Runs `work` in a process that ends at once afterwards, as if it had been killed.
template <typename Work>
void in_killed_process(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(Draft, NamesAreRecognisedAndDifferForEveryCall) {
  for (const char* name : {"a", "heart.nii.gz", "with.tmp-1-2-3", "ü", " "}) {
    const fs::path first = draft_name(fs::path("folder") / name), second = draft_name(name);
    EXPECT_EQ(first.parent_path(), "folder");
    EXPECT_TRUE(is_draft_name(first.filename().string())) << first;
    EXPECT_NE(first.filename(), second.filename());
  }
}

TEST(Draft, NamesOfPeopleAreNotTakenForDrafts) {
  for (const char* name :
       {"", ".", "a", ".tmp-", ".a.tmp-", ".a.tmp-1", ".a.tmp-1-2-3", ".a.tmp-x", ".a.tmp-1-2",
        "a.tmp-1-1234567890123456789-0", ".tmp-1-1234567890123456789-0",
        ".a.tmp-1-1234567890123456789-", ".a.tmp-1-1234567890123456789-0~",
        ".a.tmp--1234567890123456789-0", ".a.tmp-1-1234567890123456789-0.nii.gz"}) {
    EXPECT_FALSE(is_draft_name(name)) << name;
  }
}

TEST(Draft, WhatAKilledProcessLeftIsRemovedAndNothingElse) {
  const TestFolder folder;
  const std::vector<std::uint8_t> byte(1);
  in_killed_process([&] {
    FileSystem::get().create(draft_name(folder / "dead"))->append(byte);
    new DraftFolder(folder / "dead_folder");
  });
  const auto living = FileSystem::get().create(draft_name(folder / "living"));
  const DraftFolder living_folder(folder / "living_folder");
  write_atomically(folder / ".note.tmp-1-2-3", "of a person");
  write_atomically(folder / "data", "of a person");
  fs::create_symlink(folder / "data", draft_name(folder / "link"));
  remove_abandoned_drafts(folder.path());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    left.push_back(entry.path().filename().string());
    EXPECT_FALSE(left.back().starts_with(".dead")) << left.back();
  }
  EXPECT_EQ(left.size(), 5U);
  EXPECT_TRUE(has_living_draft(folder / "living"));
  EXPECT_TRUE(has_living_draft(folder / "living_folder"));
  EXPECT_FALSE(has_living_draft(folder / "dead"));
  EXPECT_FALSE(has_living_draft(folder / "other"));
}

TEST(Draft, FoldersVanishUnlessTheyGotAnotherName) {
  const TestFolder folder;
  fs::path path;
  {
    const DraftFolder draft(folder / "a");
    path = draft.path();
    write_atomically(path / "file", "x");
  }
  EXPECT_FALSE(fs::exists(path));
  {
    DraftFolder draft(folder / "a");
    fs::rename(draft.path(), folder / "a");
    draft.release();
  }
  EXPECT_TRUE(fs::exists(folder / "a"));
  EXPECT_THROW(DraftFolder(folder / "none" / "a"), Error);
}

TEST(Draft, FilesFollowNoLinkAndReplaceNothing) {
  const TestFolder folder;
  write_atomically(folder / "victim", "of a person");
  fs::create_symlink(folder / "victim", folder / "link");
  fs::create_symlink(folder / "nowhere", folder / "dangling");
  FileSystem& disk = FileSystem::get();
  for (const char* name : {"victim", "link", "dangling"}) {
    EXPECT_THROW(disk.create(folder / name), Error) << name;
  }
  EXPECT_THROW(disk.append_to(folder / "link"), Error);
  EXPECT_EQ(read_file(folder / "victim").size(), 11U);
  EXPECT_FALSE(fs::exists(folder / "nowhere"));
}

TEST(FileSystem, RenamesToAFreePlaceOnly) {
  const TestFolder folder;
  FileSystem& disk = FileSystem::get();
  write_atomically(folder / "a", "a");
  write_atomically(folder / "b", "bb");
  EXPECT_THROW(disk.rename_to_free(folder / "a", folder / "b"), Error);
  EXPECT_EQ(read_file(folder / "b").size(), 2U);
  disk.rename_to_free(folder / "a", folder / "c");
  EXPECT_EQ(read_file(folder / "c").size(), 1U);
  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST(Draft, NoMessageNamesOne) {
  const std::string draft = draft_name("out/.hidden.nii.gz").string();
  const std::string inner = draft_name("heart.nii.gz").string();
  const std::string outer = draft_name("out/heart.nii.gz").string();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {draft + ": cannot write", "out/.hidden.nii.gz: cannot write"},
      {outer + "/heart.nii.gz: full", "out/heart.nii.gz: full"},
      {outer + "/" + inner + ": full", "out/heart.nii.gz: full"},
      {inner + ": full", "heart.nii.gz: full"},
      {"/a/.b/c.tmp-1: x", "/a/.b/c.tmp-1: x"},
      {"/a/.c.tmp-1-2-3/d", "/a/.c.tmp-1-2-3/d"},
      {"nothing", "nothing"},
      {"", ""}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(without_draft_names(text), expected);
}

}  // namespace
}  // namespace medcl
