// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/percentile.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

TEST(Percentile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> values = {40, 10, 30, 20};
  EXPECT_DOUBLE_EQ(percentile(values, 0), 10);
  EXPECT_DOUBLE_EQ(percentile(values, 50), 25);
  EXPECT_DOUBLE_EQ(percentile(values, 95), 38.5);
  EXPECT_DOUBLE_EQ(percentile(values, 100), 40);
  EXPECT_FLOAT_EQ(percentile(std::vector<float>{7}, 99.5), 7);
}

}  // namespace
}  // namespace medcl
