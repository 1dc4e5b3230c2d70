// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which changes of intensity a sample gets, drawn at random. Not part of the paper; off by default.
//
// Source: the training of nnU-Net 2.8.1, steps 2 to 8 of its augmentation, with its ranges:
// noise of a deviation up to 0.1; a blur of 0.5 to 1 voxels; factors of 0.75 to 1.25; half to all
// of the voxels; gamma from 0.7 to 1.5. Its chances are 0.1, 0.2, 0.15, 0.15, 0.25, 0.1 and 0.3.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/image/extent.h"

namespace medcl {

/// Chances that a sample is changed: all channels of it, but for blur and resolution, which then
/// change half of the channels.
struct ChangeChances {
  double noise = 0, blur = 0, brightness = 0, contrast = 0, resolution = 0, negated_gamma = 0,
         gamma = 0;
  void describe(OptionTable table);
};

/// What happens to one channel, in this order.
struct IntensityChange {
  double noise = 0;                                    ///< deviation
  std::optional<std::array<double, 3>> blur_zyx = {};  ///< sigmas in voxels
  double brightness = 1;                               ///< factor
  std::optional<double> contrast = {}, resolution = {}, negated_gamma = {}, gamma = {};
};

/// One for each channel. A chance of 0 draws nothing.
std::vector<IntensityChange> draw_changes(const ChangeChances& chances, std::int64_t channels,
                                          RandomStream& random);

/// Changes one channel of a slice or a patch in place.
void change_intensity(std::span<float> image, const Extent& extent, const IntensityChange& change,
                      RandomStream& random);

}  // namespace medcl
