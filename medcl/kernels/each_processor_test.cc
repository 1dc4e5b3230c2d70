// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/each_processor.h"

#include <gtest/gtest.h>

#include <string>

namespace medcl::fast {
namespace {

TEST(EachProcessor, RunsTheBestVersionThatItCan) {
#ifdef MEDCL_HAS_LEVELS
  const std::string best = __builtin_cpu_supports("x86-64-v4") != 0   ? "x86-64-v4"
                           : __builtin_cpu_supports("x86-64-v3") != 0 ? "x86-64-v3"
                                                                      : "baseline";
  EXPECT_EQ(kernel_level(), best);
#else
  EXPECT_EQ(kernel_level(), std::string("baseline"));
#endif
}

}  // namespace
}  // namespace medcl::fast
