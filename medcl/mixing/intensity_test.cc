// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/intensity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/core/test_paths.h"
#include "medcl/format/safetensors.h"
#include "medcl/mixing/intensity_changes.h"

namespace medcl {
namespace {

constexpr Extent kVolume{8, 12, 10};  // of the reference

std::vector<float> values_of(const SafetensorsFile& file, const std::string& name) {
  const TensorView& view = file.at(name);
  std::vector<float> values(view.bytes.size() / sizeof(float));
  std::memcpy(values.data(), view.bytes.data(), view.bytes.size());
  return values;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = a.size() == b.size() ? 0 : 1e30;
  for (std::size_t n = 0; n < a.size() && n < b.size(); ++n) {
    largest = std::max(largest, std::abs(static_cast<double>(a[n]) - static_cast<double>(b[n])));
  }
  return largest;
}

TEST(Intensity, ChangesAreThoseOfNnunet) {
  const auto folder = fixtures_folder();
  const auto path = folder ? *folder / "volumetric" / "augment3d.safetensors" : "";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no reference numbers";
  const auto file = SafetensorsFile::open(path);
  const auto compare = [&](const std::string& name, const auto& change) {
    std::vector<float> image = values_of(file, "volume");
    change(image);
    EXPECT_LT(largest_difference(image, values_of(file, "image." + name)), 1e-5) << name;
  };
  compare("contrast1.2", [](auto& image) { stretch_contrast(image, 1.2); });
  compare("gamma1.3.inv0", [](auto& image) { bend_by_gamma(image, 1.3, /*negated=*/false); });
  compare("gamma1.3.inv1", [](auto& image) { bend_by_gamma(image, 1.3, /*negated=*/true); });
  compare("blur", [](auto& image) { blur(image, kVolume, {0.5, 0.75, 1.0}); });
  compare("lowres0.6", [](auto& image) { lower_resolution(image, kVolume, 0.6); });
}

std::vector<float> noise(std::int64_t count, std::uint64_t seed) {
  RandomStream random({.seed = seed, .purpose = Purpose::kTest});
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

double mean_of(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<float>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST(Intensity, GammaKeepsMeanDeviationAndOrder) {
  const std::vector<float> before = noise(400, 1);
  for (const bool negated : {false, true}) {
    for (const double gamma : {0.7, 1.0, 1.5}) {
      std::vector<float> after = before;
      bend_by_gamma(after, gamma, negated);
      EXPECT_NEAR(mean_of(after), mean_of(before), 1e-5);
      EXPECT_NEAR(deviation_of(after), deviation_of(before), 1e-5);
      for (std::size_t n = 1; n < before.size(); ++n) {
        EXPECT_EQ(before[n] < before[n - 1], after[n] < after[n - 1]);
      }
      if (gamma == 1) {
        EXPECT_LT(largest_difference(after, before), 1e-5);
      }
    }
  }
}

TEST(Intensity, ImagesOfOneValueStayAsTheyAre) {
  const std::vector<float> flat(24, 3.5F);
  for (const Extent& extent : {Extent{1, 4, 6}, {2, 4, 3}, {24, 1, 1}, {1, 1, 24}}) {
    std::vector<float> image = flat;
    stretch_contrast(image, 0.8);
    bend_by_gamma(image, 1.4, /*negated=*/false);
    bend_by_gamma(image, 0.8, /*negated=*/true);
    blur(image, extent, {1, 1, 1});
    lower_resolution(image, extent, 0.5);
    EXPECT_LT(largest_difference(image, flat), 1e-5);
  }
  std::vector<float> point{2};
  blur(point, {1, 1, 1}, {1, 1, 1});
  lower_resolution(point, {1, 1, 1}, 0.5);
  EXPECT_EQ(point, std::vector<float>{2});
}

TEST(Intensity, ASliceIsChangedAsAPatchOfDepthOne) {
  std::vector<float> slice = noise(20, 2), twice = slice;
  twice.insert(twice.end(), slice.begin(), slice.end());
  blur(slice, {1, 4, 5}, {0, 0.7, 0.9});
  blur(twice, {2, 4, 5}, {0, 0.7, 0.9});
  EXPECT_TRUE(std::ranges::equal(slice, std::span(twice).first(20)));
  EXPECT_TRUE(std::ranges::equal(slice, std::span(twice).last(20)));
}

TEST(Intensity, BlursSmallImagesWhoseBorderIsReflectedAgain) {
  std::vector<float> pair{0, 1};
  blur(pair, {1, 1, 2}, {0, 0, 1});  // seven weights: 0 1 0 1 0 1 0 about the first
  const double odd = 2 * (std::exp(-0.5) + std::exp(-4.5));
  const double even = 1 + 2 * std::exp(-2.0);
  EXPECT_NEAR(pair[0], odd / (odd + even), 1e-6);
  EXPECT_NEAR(pair[1], even / (odd + even), 1e-6);
}

TEST(IntensityChanges, DrawNothingWithoutChances) {
  RandomStream random({.seed = 3}), untouched({.seed = 3});
  const auto changes = draw_changes({}, 2, random);
  EXPECT_EQ(random.next(), untouched.next());
  std::vector<float> image = noise(30, 4), before = image;
  for (const IntensityChange& one : changes) change_intensity(image, {1, 5, 6}, one, random);
  EXPECT_EQ(image, before);
}

TEST(IntensityChanges, HappenAsOftenAsTheirChanceSays) {
  const ChangeChances chances{.noise = 0.1,
                              .blur = 0.2,
                              .brightness = 0.15,
                              .contrast = 0.15,
                              .resolution = 0.25,
                              .negated_gamma = 0.1,
                              .gamma = 0.3};
  constexpr int kDraws = 20000;
  RandomStream random({.seed = 5});
  std::vector<double> share(7);
  for (int n = 0; n < kDraws; ++n) {
    const IntensityChange one = draw_changes(chances, 1, random).front();
    const std::vector<bool> happened{one.noise > 0,
                                     one.blur_zyx.has_value(),
                                     one.brightness != 1,
                                     one.contrast.has_value(),
                                     one.resolution.has_value(),
                                     one.negated_gamma.has_value(),
                                     one.gamma.has_value()};
    for (std::size_t k = 0; k < 7; ++k) share[k] += happened[k] ? 1.0 / kDraws : 0;
    EXPECT_LE(one.noise, 0.1);
    const double gamma = one.gamma.value_or(1), resolution = one.resolution.value_or(1);
    EXPECT_TRUE(gamma >= 0.7 && gamma <= 1.5) << gamma;
    EXPECT_TRUE(resolution >= 0.5 && resolution <= 1) << resolution;
  }
  // Blur and resolution change half of the channels.
  const std::vector<double> expected{0.1, 0.1, 0.15, 0.15, 0.125, 0.1, 0.3};
  for (std::size_t k = 0; k < 7; ++k) EXPECT_NEAR(share[k], expected[k], 0.012) << k;
}

TEST(IntensityChanges, GiveAllChannelsTheSameNoiseLevelAndEachItsOwnFactor) {
  RandomStream random({.seed = 6});
  const auto changes = draw_changes({.noise = 1, .brightness = 1}, 2, random);
  EXPECT_EQ(changes[0].noise, changes[1].noise);
  EXPECT_NE(changes[0].brightness, changes[1].brightness);
}

}  // namespace
}  // namespace medcl
