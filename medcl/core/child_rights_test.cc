// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/child_rights.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "medcl/core/child_process.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// What `work` gives in a child that reads.
std::string in_child(const std::function<std::string()>& work, bool writes_files = false) {
  return run_in_child("child",
                      [&] {
                        return ChildOutput{work(), {}};
                      },
                      {.writes_files = writes_files})
      .text;
}

/// "allowed", or why not; for a call that says failure with -1.
std::string outcome(long result) { return result >= 0 ? "allowed" : std::strerror(errno); }

bool kernel_filters() {
  return in_child([] {
           std::ifstream status("/proc/self/status");
           for (std::string line; std::getline(status, line);) {
             if (line.starts_with("Seccomp:")) return line.substr(line.find_first_not_of("\t ", 8));
           }
           return std::string("0");
         }) == "2";
}

class ChildRightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_filters()) GTEST_SKIP() << "this kernel filters no system calls";
    std::ofstream(file_) << "kept";
  }
  TestFolder folder_;
  fs::path file_ = folder_ / "file";
};

TEST_F(ChildRightsTest, FilesCanBeRead) {
  EXPECT_EQ(in_child([&] {
              std::string text;
              std::ifstream(file_) >> text;
              return text;
            }),
            "kept");
}

TEST_F(ChildRightsTest, NoFileIsOpenedForWriting) {
  const std::string refused = std::strerror(EPERM);
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT}) {
    EXPECT_EQ(in_child([&] { return outcome(::open(file_.c_str(), flags, 0600)); }), refused);
    EXPECT_EQ(in_child([&] { return outcome(::openat(AT_FDCWD, file_.c_str(), flags, 0600)); }),
              refused);
  }
  EXPECT_EQ(in_child([&] { return outcome(::unlink(file_.c_str())); }), refused);
  EXPECT_EQ(in_child([&] { return outcome(::truncate(file_.c_str(), 0)); }), refused);
  EXPECT_EQ(in_child([&] { return outcome(::rename(file_.c_str(), "other")); }), refused);
  EXPECT_EQ(in_child([&] { return outcome(::chmod(file_.c_str(), 0)); }), refused);
  EXPECT_EQ(fs::file_size(file_), 4U);
}

TEST_F(ChildRightsTest, WritersMayWriteAndNothingElse) {
  EXPECT_EQ(in_child([&] { return outcome(::open(file_.c_str(), O_WRONLY)); }, true), "allowed");
  EXPECT_EQ(in_child([] { return outcome(::socket(AF_INET, SOCK_STREAM, 0)); }, true),
            std::strerror(EPERM));
}

TEST_F(ChildRightsTest, NothingIsConnectedStartedSignalledOrLoaded) {
  const std::string refused = std::strerror(EPERM);
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) {
    EXPECT_EQ(in_child([&] { return outcome(::socket(family, SOCK_DGRAM, 0)); }), refused);
  }
  EXPECT_EQ(in_child([] {
              char name[] = "/bin/true";
              char* const words[] = {name, nullptr};
              return outcome(::execv(name, words));
            }),
            refused);
  EXPECT_EQ(in_child([] { return outcome(::fork()); }), refused);
  EXPECT_EQ(in_child([] { return outcome(::kill(::getppid(), 0)); }), refused);
  EXPECT_EQ(in_child([] {
              void* page =
                  ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return outcome(page == MAP_FAILED ? -1 : 0);
            }),
            refused);
}

TEST(ChildRights, NoOtherFileOfTheParentIsOpen) {
  const TestFolder folder;
  std::ofstream(folder / "file") << "kept";
  const int file = ::open((folder / "file").c_str(), O_RDWR);  // inherited by a fork
  ASSERT_GE(file, 0);
  EXPECT_EQ(in_child([&] { return outcome(::write(file, "lost", 4)); }), std::strerror(EBADF));
  ::close(file);
}

TEST(ChildRights, NoPlugInOfTheEnvironmentIsLoaded) {
  ::setenv("ITK_AUTOLOAD_PATH", "/tmp", 1);
  ::setenv("HDF5_PLUGIN_PATH", "/tmp", 1);
  EXPECT_EQ(in_child([] {
              return std::string(std::getenv("ITK_AUTOLOAD_PATH") != nullptr ? "itk" : "") +
                     (std::getenv("HDF5_PLUGIN_PATH") != nullptr ? "hdf5" : "");
            }),
            "");
  ::unsetenv("ITK_AUTOLOAD_PATH");
  ::unsetenv("HDF5_PLUGIN_PATH");
}

}  // namespace
}  // namespace medcl
