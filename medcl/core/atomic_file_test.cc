// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/fault_file_system.h"
#include "medcl/core/mapped_file.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

std::string content(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

std::size_t files_in(const TestFolder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

void write_in_parts(const std::filesystem::path& path, const std::string& text) {
  write_atomically(path, [&](WritableFile& file) {
    for (std::size_t i = 0; i < text.size(); i += 3) {
      const std::string part = text.substr(i, 3);
      file.append({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
    }
  });
}

// Runs a write that fails at operation 0, 1, 2, ... until one goes through.
template <typename Check>
std::size_t for_every_failure(Fault fault, Check check_after) {
  for (std::size_t k = 0;; ++k) {
    const TestFolder folder;
    const auto path = folder / "checkpoint";
    write_atomically(path, "old content");
    FaultFileSystem disk(k, fault);
    bool thrown = false;
    try {
      write_in_parts(path, "new content, longer");
    } catch (const Error& error) {
      thrown = true;
    }
    check_after(disk, folder, thrown);
    if (!thrown) {
      return k;
    }
  }
}

TEST(AtomicFile, ReplacesTheContentAndLeavesNothingElse) {
  const TestFolder folder;
  write_atomically(folder / "a", "first");
  write_atomically(folder / "a", "second");
  EXPECT_EQ(content(folder / "a"), "second");
  EXPECT_EQ(files_in(folder), 1U);
}

TEST(AtomicFile, FailureAtAnyOperationLeavesOldOrNewAndNoTemporaryFile) {
  for (const Fault fault : {Fault::kError, Fault::kTornWrite}) {
    const std::size_t operations =
        for_every_failure(fault, [](FaultFileSystem&, const TestFolder& folder, bool thrown) {
          const std::string text = content(folder / "checkpoint");
          EXPECT_TRUE(text == "new content, longer" || (thrown && text == "old content")) << text;
          EXPECT_EQ(files_in(folder), 1U);
        });
    EXPECT_GE(operations, 10U);  // create, 7 appends, sync, close, rename, sync_folder
  }
}

TEST(AtomicFile, CrashAndPowerLossAtAnyOperationLeaveOldOrNew) {
  for_every_failure(Fault::kCrash,
                    [](FaultFileSystem& disk, const TestFolder& folder, bool thrown) {
                      disk.lose_power();
                      const std::string text = content(folder / "checkpoint");
                      EXPECT_EQ(text, thrown ? "old content" : "new content, longer");
                    });
}

TEST(AtomicFile, AcknowledgedContentSurvivesPowerLoss) {
  const TestFolder folder;
  FaultFileSystem disk;
  write_atomically(folder / "a", "acknowledged");
  disk.lose_power();
  EXPECT_EQ(content(folder / "a"), "acknowledged");
}

TEST(FaultFileSystem, PowerLossForgetsWhatWasNotSynced) {
  const TestFolder folder;
  FaultFileSystem disk;
  const auto file = disk.create(folder / "a");
  const std::vector<std::uint8_t> bytes(10);
  file->append(bytes);
  file->sync();
  file->append(bytes);
  file->close();
  disk.sync_folder(folder.path());
  disk.lose_power();
  EXPECT_EQ(std::filesystem::file_size(folder / "a"), 10U);
  disk.create(folder / "b")->close();
  disk.lose_power();
  EXPECT_FALSE(std::filesystem::exists(folder / "b"));
}

TEST(MakeFolders, SurvivePowerLossWithWhatIsInThem) {
  const TestFolder folder;
  FaultFileSystem disk;
  make_folders(folder / "a/b/c");
  write_atomically(folder / "a/b/c/file", "acknowledged");
  disk.lose_power();
  EXPECT_EQ(content(folder / "a/b/c/file"), "acknowledged");
  disk.create_folders(folder / "unsynced");
  disk.lose_power();
  EXPECT_FALSE(std::filesystem::exists(folder / "unsynced"));
}

TEST(MakeFolders, AcceptFoldersThatExistAndRefuseFiles) {
  const TestFolder folder;
  make_folders(folder.path());
  make_folders(folder / "a/");
  make_folders(folder / "a");
  write_atomically(folder / "file", "x");
  EXPECT_THROW(make_folders(folder / "file"), Error);
  EXPECT_THROW(make_folders(folder / "file/a"), Error);
}

TEST(FaultFileSystem, PowerLossForgetsUnsyncedAppendsAndRemovals) {
  const TestFolder folder;
  write_atomically(folder / "log", "one");
  FaultFileSystem disk;
  const std::string two = "two";
  const auto file = disk.append_to(folder / "log");
  file->append({reinterpret_cast<const std::uint8_t*>(two.data()), two.size()});
  EXPECT_EQ(content(folder / "log"), "onetwo");
  disk.lose_power();
  EXPECT_EQ(content(folder / "log"), "one");
  disk.remove(folder / "log");
  disk.lose_power();
  EXPECT_EQ(content(folder / "log"), "one");
}

TEST(AtomicFile, ErrorOfTheWriterPassesThrough) {
  const TestFolder folder;
  EXPECT_THROW(write_atomically(folder / "a", [](WritableFile&) { throw std::runtime_error("x"); }),
               std::runtime_error);
  EXPECT_EQ(files_in(folder), 0U);
}

TEST(AtomicFile, AbsentFolderAndBareFolderAreIoErrorsThatNameThePath) {
  const TestFolder folder;
  for (const auto& path : {folder / "none" / "a", folder.path() / ""}) {
    try {
      write_atomically(path, "x");
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos);
    }
  }
}

TEST(AtomicFile, NamesOfTheGreatestLengthWork) {
  const TestFolder folder;
  const auto path = folder / std::string(255, 'n');
  write_atomically(path, "x");
  EXPECT_EQ(content(path), "x");
}

TEST(AtomicFile, FullDiskIsOutOfResources) {
  const TestFolder folder;
  write_atomically(folder / "a", "old");
  rlimit old_limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ErrorCode code = ErrorCode::kFailure;
  try {
    write_atomically(folder / "a", std::string(5000, 'x'));
  } catch (const Error& error) {
    code = error.code();
  }
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(code, ErrorCode::kOutOfResources);
  EXPECT_EQ(content(folder / "a"), "old");
  EXPECT_EQ(files_in(folder), 1U);
}

TEST(ReadFile, HonoursTheLimitAndRefusesWhatIsNoRegularFile) {
  const TestFolder folder;
  write_atomically(folder / "a", std::string(10000, 'x'));
  EXPECT_EQ(read_file(folder / "a", 10000).size(), 10000U);
  EXPECT_THROW(read_file(folder / "a", 9999), Error);
  EXPECT_EQ(read_file_start(folder / "a", 100).size(), 100U);
  EXPECT_EQ(read_file_start(folder / "a", 20000).size(), 10000U);
  EXPECT_THROW(read_file(folder.path()), Error);
  EXPECT_THROW(read_file(folder / "absent"), Error);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(read_file(folder / "pipe"), Error);
  EXPECT_THROW(MappedFile::open(folder / "pipe"), Error);
  EXPECT_THROW(MappedFile::open(folder.path()), Error);
}

TEST(MappedFile, ShowsTheBytesAndEmptyFilesAreEmpty) {
  const TestFolder folder;
  write_atomically(folder / "a", "hello");
  write_atomically(folder / "e", "");
  const auto mapped = MappedFile::open(folder / "a");
  EXPECT_EQ(std::string(mapped->bytes().begin(), mapped->bytes().end()), "hello");
  EXPECT_TRUE(MappedFile::open(folder / "e")->bytes().empty());
}

}  // namespace
}  // namespace medcl
