// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/memory.h"

#include <gtest/gtest.h>
#include <sys/sysinfo.h>

namespace medcl {
namespace {

TEST(Memory, AvailableIsSomeOfWhatTheMachineHas) {
  const auto available = available_memory_bytes();
  if (!available) GTEST_SKIP() << "this system does not say";
  struct sysinfo info {};
  ASSERT_EQ(sysinfo(&info), 0);
  const auto all = static_cast<double>(info.totalram + info.totalswap) * info.mem_unit;
  EXPECT_GT(*available, 1 << 20);
  EXPECT_LE(static_cast<double>(*available), all);
}

}  // namespace
}  // namespace medcl
