// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many stages nnU-Net's networks have, along which axes each halves the resolution, and how
// large its kernels are.
//
// Source: Isensee et al., nnU-Net, Nature Methods 2021; every number as in nnU-Net 2.8.1
// (experiment_planners/network_topology.py). Lists run over the axes, slowest first: y x for
// slices, z y x for volumes. Nothing here knows how many there are.

#include <cstdint>
#include <vector>

namespace medcl::nnunet {

using PerAxis = std::vector<std::int64_t>;

/// The side below which a map is not halved is twice this.
inline constexpr double kLeastSide = 4;

/// Of each stage, finest first.
struct Topology {
  std::vector<PerAxis> strides;  ///< of its first convolution; of the first stage 1
  std::vector<PerAxis> kernels;  ///< 1 or 3: not across an axis of far coarser resolution
  /// Sides of a patch are multiples of it: the product of the strides.
  [[nodiscard]] PerAxis multiple() const;
};

/// The topology for patches of this size; sides may be fractions, as medians are. Axes within a
/// factor of two of the finest one are halved together, as long as they have eight voxels, and a
/// single axis as long as it has twelve. `spacing_mm` and `patch` are positive and of one length.
Topology topology_of(std::vector<double> spacing_mm, std::vector<double> patch);

/// The smallest multiples that are no smaller than the patch.
PerAxis rounded_up(const std::vector<double>& patch, const PerAxis& multiple);

/// min(first * 2^i, most) for each of `stages` stages.
std::vector<std::int64_t> doubling_features(std::size_t stages, std::int64_t first,
                                            std::int64_t most);

}  // namespace medcl::nnunet
