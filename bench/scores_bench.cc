// SPDX-License-Identifier: Apache-2.0
// Scores of one class of a cardiac volume (256 x 256 x 16).
#include <benchmark/benchmark.h>

#include "medcl/evaluation/surface_distance.h"

namespace medcl {
namespace {

constexpr Size3 kSize{256, 256, 16};

std::vector<std::uint8_t> ball(double radius) {
  std::vector<std::uint8_t> mask;
  for (std::int64_t z = 0; z < kSize[2]; ++z) {
    for (std::int64_t y = 0; y < kSize[1]; ++y) {
      for (std::int64_t x = 0; x < kSize[0]; ++x) {
        const double dx = static_cast<double>(x) - 128, dy = static_cast<double>(y) - 128,
                     dz = (static_cast<double>(z) - 8) * 7;
        mask.push_back(dx * dx + dy * dy + dz * dz < radius * radius ? 1 : 0);
      }
    }
  }
  return mask;
}

const MaskPair& balls() {
  static const auto smaller = ball(38), larger = ball(42);
  static const MaskPair pair{smaller, larger, kSize, {0.7, 0.7, 5.0}};
  return pair;
}

void VoxelSurfaces(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(voxel_surface_distances(balls()).hd95_pooled_mm());
  }
}
BENCHMARK(VoxelSurfaces)->Unit(benchmark::kMillisecond);

void SurfaceElementsOfBoth(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(element_surface_distances(balls()).surface_dice(1.0));
  }
}
BENCHMARK(SurfaceElementsOfBoth)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace medcl
