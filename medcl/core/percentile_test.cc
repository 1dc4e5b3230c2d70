// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/percentile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "medcl/core/random.h"

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

TEST(Percentile, InPlaceGivesTheSameNumber) {
  RandomStream random({3, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<float> values(static_cast<std::size_t>(1 + random.integer(200)));
    const bool whole = trial % 2 == 0;
    for (float& value : values) {
      const double number = random.uniform(-1, 1) * std::pow(10.0, random.uniform(-30, 30));
      value = whole ? static_cast<float>(random.integer(9) - 4) : static_cast<float>(number);
    }
    for (const double percent : {0.0, 50.0, 99.5, 100.0, random.uniform(0, 100)}) {
      EXPECT_EQ(percentile_in_place(values, percent), percentile(values, percent));
    }
  }
}

}  // namespace
}  // namespace medcl
