// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/stroke_objects.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "medcl/core/random.h"
#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

constexpr std::int64_t kSide = 160;
constexpr double kRing = 40, kDashes = 5;

/// A slice and what was drawn in it; places are counted from its middle.
struct Drawing {
  std::vector<float> image = std::vector<float>(kSide * kSide);
  std::vector<std::uint8_t> indices = std::vector<std::uint8_t>(kSide * kSide, kNotAnnotated);

  void each(const std::function<void(double x, double y, std::size_t p)>& visit) const {
    for (std::int64_t p = 0; p < kSide * kSide; ++p) {
      visit(static_cast<double>(p % kSide - kSide / 2), static_cast<double>(p / kSide - kSide / 2),
            static_cast<std::size_t>(p));
    }
  }
  [[nodiscard]] std::int64_t objects(bool with_image = true) const {
    std::vector<std::span<const float>> channels;
    if (with_image) channels.emplace_back(image);
    return static_cast<std::int64_t>(marked_objects(indices, {kSide, kSide}, 1, channels).size());
  }
};

/// Place n of five on a circle.
std::pair<double, double> place(int n) {
  const double angle = 2 * std::numbers::pi * n / kDashes;
  return {kRing * std::cos(angle), kRing * std::sin(angle)};
}

bool is_dash(double x, double y) {
  const double share = std::fmod(std::atan2(y, x) / (2 * std::numbers::pi) * kDashes + kDashes, 1);
  return std::abs(std::hypot(x, y) - kRing) < 1 && (share < 0.3 || share > 0.7);
}

/// Five dashes on the circle, background on one around it and on one within; the image is `bright`
/// where it says so, with noise of a tenth.
Drawing dashes(const std::function<bool(double x, double y)>& is_bright) {
  Drawing drawing;
  RandomStream random({.seed = 3, .epoch = 0, .sample = 0, .purpose = Purpose::kPhantom});
  drawing.each([&](double x, double y, std::size_t p) {
    const double r = std::hypot(x, y);
    if (std::abs(r - 60) < 1 || std::abs(r - 15) < 1) drawing.indices[p] = 0;
    if (is_dash(x, y)) drawing.indices[p] = 1;
    drawing.image[p] = is_bright(x, y) ? 1 : 0;
  });
  for (float& value : drawing.image) value += 0.1F * static_cast<float>(random.normal());
  return drawing;
}

bool in_ring(double x, double y) { return std::abs(std::hypot(x, y) - kRing) < 7; }

bool in_cell(double x, double y) {
  for (int n = 0; n < kDashes; ++n) {
    const auto [left, top] = place(n);
    if (std::hypot(x - left, y - top) < 17) return true;
  }
  return false;
}

TEST(StrokeObjects, DashesOfOneRingAreOneObject) { EXPECT_EQ(dashes(in_ring).objects(), 1); }

TEST(StrokeObjects, TheSameDashesOnFiveCellsAreFive) { EXPECT_EQ(dashes(in_cell).objects(), 5); }

TEST(StrokeObjects, ScatteredDotsInOneOrganAreOneObject) {
  Drawing drawing;
  drawing.each([&](double x, double y, std::size_t p) {
    drawing.image[p] = std::hypot(x, y) < 60 ? 3 : 0;
    if (std::abs(std::hypot(x, y) - 70) < 1) drawing.indices[p] = 0;
    for (int n = 0; n < kDashes; ++n) {
      if (std::hypot(x - place(n).first, y - place(n).second) < 3) drawing.indices[p] = 1;
    }
  });
  EXPECT_EQ(drawing.objects(), 1);
  EXPECT_EQ(drawing.objects(/*with_image=*/false), 5) << "gaps are far longer than the dots";
}

TEST(StrokeObjects, AnImageThatShowsNoDifferenceLeavesItToGaps) {
  const Drawing flat = dashes([](double, double) { return true; });
  EXPECT_EQ(flat.objects(), 1) << "gaps shorter than dashes";
  EXPECT_EQ(flat.objects(), flat.objects(/*with_image=*/false));
}

TEST(StrokeObjects, StrokesOfOtherClassesLieBetweenObjects) {
  Drawing drawing = dashes(in_ring);
  drawing.each([&](double x, double y, std::size_t p) {
    const double share =
        std::fmod(std::atan2(y, x) / (2 * std::numbers::pi) * kDashes + kDashes, 1);
    if (std::abs(share - 0.5) < 0.04) drawing.indices[p] = 2;
  });
  EXPECT_EQ(drawing.objects(), 5);
}

TEST(StrokeObjects, OneStrokeIsOneAndNoneIsNone) {
  Drawing drawing;
  EXPECT_EQ(drawing.objects(), 0);
  drawing.indices[10] = 1;
  EXPECT_EQ(drawing.objects(), 1);
}

}  // namespace
}  // namespace medcl
