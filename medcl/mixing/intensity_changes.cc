// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/intensity_changes.h"

#include "medcl/mixing/intensity.h"

namespace medcl {
namespace {

constexpr double kMostNoise = 0.1, kLeastBlur = 0.5, kMostBlur = 1, kChannelChance = 0.5;
constexpr double kLeastFactor = 0.75, kMostFactor = 1.25, kLeastResolution = 0.5;
constexpr double kLeastGamma = 0.7, kMostGamma = 1.5;

/// Below 1 as often as above it.
double around_one(double least, double most, RandomStream& random) {
  return random.chance(0.5) ? random.uniform(least, 1) : random.uniform(1, most);
}

bool happens(double chance, RandomStream& random) { return chance > 0 && random.chance(chance); }

}  // namespace

void ChangeChances::describe(OptionTable table) {
  table.add("noise", noise, "chance of noise of a deviation up to 0.1 (nnU-Net: 0.1)", 0, 1);
  table.add("blur", blur, "chance of a blur of 0.5 to 1 pixels (nnU-Net: 0.2)", 0, 1);
  table.add("brightness", brightness, "chance of a factor of 0.75 to 1.25 (nnU-Net: 0.15)", 0, 1);
  table.add("contrast", contrast,
            "chance of a stretch about the mean by 0.75 to 1.25 (nnU-Net: 0.15)", 0, 1);
  table.add("resolution", resolution, "chance of half to all of the pixels (nnU-Net: 0.25)", 0, 1);
  table.add("negated_gamma", negated_gamma,
            "chance of a gamma of 0.7 to 1.5 of the negated image (nnU-Net: 0.1)", 0, 1);
  table.add("gamma", gamma, "chance of a gamma of 0.7 to 1.5 (nnU-Net: 0.3)", 0, 1);
}

std::vector<IntensityChange> draw_changes(const ChangeChances& chances, std::int64_t channels,
                                          RandomStream& random) {
  std::vector<IntensityChange> changes(static_cast<std::size_t>(channels));
  const auto for_each = [&](double chance, double channel_chance, const auto& draw) {
    if (!happens(chance, random)) return;
    for (IntensityChange& one : changes) {
      if (channel_chance == 1 || random.chance(channel_chance)) draw(one);
    }
  };
  if (happens(chances.noise, random)) {
    const double deviation = random.uniform(0, kMostNoise);
    for (IntensityChange& one : changes) one.noise = deviation;
  }
  for_each(chances.blur, kChannelChance, [&](IntensityChange& one) {
    auto& sigma = one.blur_zyx.emplace();
    for (double& axis : sigma) axis = random.uniform(kLeastBlur, kMostBlur);
  });
  for_each(chances.brightness, 1, [&](IntensityChange& one) {
    one.brightness = around_one(kLeastFactor, kMostFactor, random);
  });
  for_each(chances.contrast, 1, [&](IntensityChange& one) {
    one.contrast = around_one(kLeastFactor, kMostFactor, random);
  });
  for_each(chances.resolution, kChannelChance,
           [&](IntensityChange& one) { one.resolution = random.uniform(kLeastResolution, 1); });
  for_each(chances.negated_gamma, 1, [&](IntensityChange& one) {
    one.negated_gamma = around_one(kLeastGamma, kMostGamma, random);
  });
  for_each(chances.gamma, 1,
           [&](IntensityChange& one) { one.gamma = around_one(kLeastGamma, kMostGamma, random); });
  return changes;
}

void change_intensity(std::span<float> image, const Extent& extent, const IntensityChange& change,
                      RandomStream& random) {
  if (change.noise > 0) {
    for (float& voxel : image) voxel += static_cast<float>(change.noise * random.normal());
  }
  if (change.blur_zyx) blur(image, extent, *change.blur_zyx);
  if (change.brightness != 1) {
    for (float& voxel : image) voxel *= static_cast<float>(change.brightness);
  }
  if (change.contrast) stretch_contrast(image, *change.contrast);
  if (change.resolution) lower_resolution(image, extent, *change.resolution);
  if (change.negated_gamma) bend_by_gamma(image, *change.negated_gamma, /*negated=*/true);
  if (change.gamma) bend_by_gamma(image, *change.gamma, /*negated=*/false);
}

}  // namespace medcl
