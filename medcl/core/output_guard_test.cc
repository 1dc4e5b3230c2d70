// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/output_guard.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/fault_file_system.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

/// The message of the error of `work`; empty when there is none.
template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string refusal(OutputGuard& guard, const fs::path& path) {
  return message_of([&] { guard.require_file(path); });
}

void expect_says(const std::string& message, const std::string& words) {
  EXPECT_NE(message.find(words), std::string::npos)
      << "'" << message << "' lacks '" << words << "'";
}

void make_socket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
}

TEST(OutputGuard, NamesWhatStandsInTheWay) {
  for (const bool force : {false, true}) {
    const TestFolder folder;
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    make_socket(folder / "socket");
    write_atomically(folder / "foreign", "x");
    make_folders(folder / "folder");
    write_atomically(folder / "folder/notes", "of a person");
    fs::create_symlink(folder / "nowhere", folder / "dangling");
    fs::create_symlink(folder / "fifo", folder / "to_fifo");
    fs::create_symlink(folder / "loop", folder / "loop");
    OutputGuard guard(force);
    expect_says(refusal(guard, folder / "fifo"), "is a FIFO");
    expect_says(refusal(guard, folder / "to_fifo"), "is a link to a FIFO");
    expect_says(refusal(guard, folder / "socket"), "is a socket");
    expect_says(refusal(guard, folder / "folder"), "is a folder");
    expect_says(refusal(guard, folder / "dangling"), "is a link to nothing");
    expect_says(refusal(guard, folder / "dangling/a"), "is a link to nothing");
    expect_says(refusal(guard, folder / "loop"), "symbolic links");
    expect_says(refusal(guard, "/dev/null"), "is a character device");
    expect_says(refusal(guard, folder / "foreign/a"), "is a file, not a folder");
    expect_says(refusal(guard, folder / std::string(300, 'n')), "cannot be written");
    EXPECT_EQ(refusal(guard, folder / "foreign").empty(), force);
    EXPECT_EQ(content(folder / "folder/notes"), "of a person");
  }
}

TEST(OutputGuard, NoOutputIsAnInputByAnyName) {
  for (const bool force : {false, true}) {
    const TestFolder folder;
    make_folders(folder / "data/labels");
    write_atomically(folder / "data/labels/heart", "drawn by hand");
    write_atomically(folder / "elsewhere", "also an input");
    fs::create_hard_link(folder / "data/labels/heart", folder / "hard");
    fs::create_symlink("data/labels/heart", folder / "soft");
    fs::create_symlink("..", folder / "data/up");  // a circle
    fs::create_symlink(folder / "elsewhere", folder / "data/far");
    OutputGuard guard(force);
    guard.add_input(folder / "data");
    guard.add_input(folder / "absent");
    for (const char* name : {"data/labels/heart", "hard", "soft", "data/labels/../labels/./heart",
                             "elsewhere", "data/far"}) {
      expect_says(refusal(guard, folder / name), "is the input itself");
    }
    EXPECT_EQ(refusal(guard, folder / "data/labels/other"), "");
    EXPECT_EQ(content(folder / "data/labels/heart"), "drawn by hand");
  }
}

TEST(OutputGuard, TwoOutputsHaveTwoNames) {
  const TestFolder folder;
  OutputGuard guard(true);
  guard.require_file(folder / "a");
  expect_says(refusal(guard, folder / "b/../a"), "two outputs");
}

TEST(OutputGuard, FoldersAreCreatedAndGoAgainWhenNothingWasWritten) {
  const TestFolder folder;
  {
    OutputGuard guard(false);
    guard.require_file(folder / "new/deep/a");
    EXPECT_TRUE(fs::is_directory(folder / "new/deep"));
  }
  EXPECT_FALSE(fs::exists(folder / "new"));
  {
    OutputGuard guard(false);
    guard.require_file(folder / "new/deep/a");
    guard.require_folder(folder / "new/empty");
    guard.write(folder / "new/deep/a", [](const fs::path& draft) { write_atomically(draft, "x"); });
  }
  EXPECT_EQ(content(folder / "new/deep/a"), "x");
  EXPECT_FALSE(fs::exists(folder / "new/empty"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "new/deep"), {}), 1);
}

TEST(OutputGuard, FoldersThatRefuseFilesAreRefusedBeforeTheWork) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TestFolder folder;
  make_folders(folder / "closed");
  fs::permissions(folder / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  OutputGuard guard(true);
  expect_says(refusal(guard, folder / "closed/a"), "cannot write into the folder");
  fs::permissions(folder / "closed", fs::perms::owner_all);
}

TEST(OutputGuard, WhatAppearsMeanwhileStaysAndTheResultIsKeptBesideIt) {
  const TestFolder folder;
  const fs::path path = folder / "scores.nii.gz";
  OutputGuard guard(false);
  guard.require_file(path);
  const std::string message = message_of([&] {
    guard.write(path, [&](const fs::path& draft) {
      write_atomically(draft, "ours");
      write_atomically(path, "of a person");
    });
  });
  expect_says(message, "kept as " + (folder / "scores-1.nii.gz").string());
  EXPECT_EQ(content(path), "of a person");
  EXPECT_EQ(content(folder / "scores-1.nii.gz"), "ours");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2);
}

TEST(OutputGuard, WhenTheFolderIsGoneTheResultIsKeptAmongTemporaryFiles) {
  const TestFolder folder;
  OutputGuard guard(false);
  guard.require_file(folder / "new/a.txt");
  fs::remove_all(folder / "new");
  const std::string message = message_of([&] {
    guard.write(folder / "new/a.txt",
                [](const fs::path& draft) { write_atomically(draft, "ours"); });
  });
  const std::string words = "kept as ";
  expect_says(message, words);
  const fs::path kept = message.substr(message.rfind(words) + words.size());
  EXPECT_EQ(content(kept), "ours");
  EXPECT_EQ(kept.filename(), "a.txt");
  fs::remove_all(kept.parent_path());
}

TEST(OutputGuard, FailureAtAnyOperationLeavesTheOldFileAndKeepsTheNewContent) {
  for (const bool existed : {false, true}) {
    std::size_t failures = 0;
    for (std::size_t k = 0;; ++k) {
      const TestFolder folder;
      const fs::path path = folder / "a";
      if (existed) write_atomically(path, "old");
      OutputGuard guard(existed);
      guard.require_file(path);
      std::string message;
      {
        const FaultFileSystem disk(k);
        message = message_of([&] {
          guard.write(path, [](const fs::path& draft) { write_atomically(draft, "new"); });
        });
      }
      if (message.empty()) {
        EXPECT_EQ(content(path), "new");
        break;
      }
      ++failures;
      const bool published = fs::exists(path) && content(path) == "new";
      EXPECT_EQ(published || !fs::exists(path) ? "old" : content(path), "old");
      const std::size_t words = message.rfind("kept as ");
      ASSERT_NE(words, std::string::npos) << message;
      const fs::path kept = message.substr(words + 8);
      EXPECT_EQ(content(kept), "new");
      if (kept.parent_path() != folder.path()) fs::remove_all(kept.parent_path());
    }
    EXPECT_GE(failures, 8U);
  }
}

TEST(OutputGuard, ErrorsOfTheContentPassThrough) {
  const TestFolder folder;
  OutputGuard guard(false);
  const std::string message = message_of([&] {
    guard.write(folder / "a",
                [](const fs::path&) { fail(ErrorCode::kInvalidData, {.what = "of the content"}); });
  });
  EXPECT_EQ(message, "of the content");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(AtomicFile, ReplacesNoFifoNoDeviceAndNoFolder) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  make_folders(folder / "folder");
  for (const fs::path& path : {folder / "fifo", folder / "folder", fs::path("/dev/null")}) {
    expect_says(message_of([&] { write_atomically(path, "x"); }), ", not a file");
  }
  EXPECT_TRUE(fs::is_fifo(folder / "fifo"));
}

}  // namespace
}  // namespace medcl
