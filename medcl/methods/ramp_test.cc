// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/ramp.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medcl {
namespace {

TEST(Ramp, RisesAsPublishedBetweenItsEnds) {
  const RampOptions ramp{.from = 0.2, .until = 0.6};
  EXPECT_EQ(ramp_weight(ramp, 0), 0);
  EXPECT_EQ(ramp_weight(ramp, 0.19), 0);
  EXPECT_NEAR(ramp_weight(ramp, 0.2), std::exp(-5), 1e-12);
  EXPECT_NEAR(ramp_weight(ramp, 0.4), std::exp(-1.25), 1e-12);
  EXPECT_EQ(ramp_weight(ramp, 0.6), 1);
  EXPECT_EQ(ramp_weight(ramp, 1), 1);
}

TEST(Ramp, WithoutLengthIsAStep) {
  EXPECT_EQ(ramp_weight({.from = 0.5, .until = 0.5}, 0.4), 0);
  EXPECT_EQ(ramp_weight({.from = 0.5, .until = 0.5}, 0.5), 1);
  EXPECT_EQ(ramp_weight({.from = 0, .until = 0}, 0), 1);
}

}  // namespace
}  // namespace medcl
