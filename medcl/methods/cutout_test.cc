// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/methods/test_networks.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 20, kImages = 3;

/// Images of twos, all of it annotated as foreground.
Batch whole_foreground(std::int64_t step) {
  return batch_of(torch::full({kImages, 1, kSide, kSide}, 2.0F),
                  torch::ones({kImages, kSide, kSide}), 2, step);
}

struct CutStep {
  double loss;
  double hole_share;
};

CutStep step_of(const std::vector<std::string>& settings, std::int64_t step) {
  const auto method = method_of("cutout", settings, 2, {1, kSide, kSide});
  Identity network;
  const Batch batch = whole_foreground(step);
  const auto values = values_of(method->losses({network, batch, /*seed=*/1}));
  return {values.at("scribble_ce"),
          network.seen_bcs.eq(0).to(torch::kFloat64).mean().item<double>()};
}

TEST(Cutout, PixelsInAHoleTeachNothingByDefault) {
  for (std::int64_t step = 0; step < 5; ++step) {
    const CutStep cut = step_of({}, step);
    EXPECT_NEAR(cut.loss, std::log1p(std::exp(-2.0)), 1e-6);
    EXPECT_GT(cut.hole_share, 0);
    EXPECT_LE(cut.hole_share, 9.0 / 400) << "3 x 3 pixels";
  }
}

TEST(Cutout, PixelsInAHoleMayKeepTheirLabelOrBecomeBackground) {
  const double outside = std::log1p(std::exp(-2.0)), inside = std::log(2.0);
  for (const char* labels : {"kept", "background"}) {
    const CutStep cut =
        step_of({std::string("cutout.labels=") + labels, "cutout.side=0.5", "cutout.count=2"}, 1);
    EXPECT_NEAR(cut.loss, cut.hole_share * inside + (1 - cut.hole_share) * outside, 1e-6) << labels;
    EXPECT_GT(cut.hole_share, 0.05);
  }
}

TEST(Cutout, HolesDependOnTheStepAlone) {
  EXPECT_EQ(step_of({"cutout.side=0.4"}, 4).hole_share, step_of({"cutout.side=0.4"}, 4).hole_share);
  EXPECT_NE(step_of({"cutout.side=0.4"}, 4).hole_share, step_of({"cutout.side=0.4"}, 5).hole_share);
}

}  // namespace
}  // namespace medcl
