// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/control_group.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

class ControlGroup : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] std::optional<std::int64_t> left() const {
    return left_in_control_groups(root_.path());
  }
  TestFolder root_;
};

constexpr const char* kMount2 =
    "25 1 0:23 / /proc rw - proc proc rw\n"
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kMount1 =
    "31 25 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "32 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

TEST_F(ControlGroup, WithoutGroupsThereIsNoLimit) {
  EXPECT_FALSE(left());
  write("proc/self/cgroup", "0::/a\n");
  EXPECT_FALSE(left());
  write("proc/self/mountinfo", kMount2);
  write("sys/fs/cgroup/a/memory.max", "max\n");
  write("sys/fs/cgroup/a/memory.current", "100\n");
  EXPECT_FALSE(left());
}

TEST_F(ControlGroup, TheNarrowestGroupOnTheWayToTheRootCounts) {
  write("proc/self/cgroup", "0::/user/job/step\n");
  write("proc/self/mountinfo", kMount2);
  write("sys/fs/cgroup/user/job/step/memory.max", "9000\n");
  write("sys/fs/cgroup/user/job/step/memory.current", "100\n");
  write("sys/fs/cgroup/user/job/memory.max", "1000\n");
  write("sys/fs/cgroup/user/job/memory.current", "700\n");
  write("sys/fs/cgroup/user/job/memory.stat", "anon 600\ninactive_file 50\n");
  EXPECT_EQ(left(), 350);
}

TEST_F(ControlGroup, AContainerSeesItsGroupAsTheRootOfTheMount) {
  write("proc/self/cgroup", "0::/docker/abc\n");
  write("proc/self/mountinfo", "30 25 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  write("sys/fs/cgroup/memory.max", "500\n");
  write("sys/fs/cgroup/memory.current", "600\n");
  EXPECT_EQ(left(), 0);
}

TEST_F(ControlGroup, Version1IsReadWhereItsMemoryControllerIsMounted) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/slurm/job_7\n0::/x\n");
  write("proc/self/mountinfo", kMount1);
  write("sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes", "2000\n");
  write("sys/fs/cgroup/memory/slurm/job_7/memory.usage_in_bytes", "500\n");
  write("sys/fs/cgroup/memory/slurm/job_7/memory.stat", "cache 9\ntotal_inactive_file 100\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "500\n");
  EXPECT_EQ(left(), 1600);
}

}  // namespace
}  // namespace medcl
