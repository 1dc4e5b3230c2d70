// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known of nnU-Net's U-Net before one is made.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/model/plain/plain_conv_unet.h"

namespace medcl::plain {

struct PlainOptions {
  std::int64_t width = 32;        ///< channels of the first stage, which double
  std::int64_t max_width = 512;   ///< and no more than these
  std::int64_t convolutions = 2;  ///< of each stage
  /// Of each stage, finest first: "1x1", "2x2" ... Empty until settled: as deep as nnU-Net's rule
  /// makes a network for square pixels and the crops of the run.
  std::vector<std::string> strides, kernels;
  std::int64_t tile = 0;  ///< 0 until settled: the side of the crops
  void describe(OptionTable table);
};

/// Fills what is open. Where the side of the crops is no multiple of what the rule would ask for,
/// the network is as deep as the side allows.
/// @throws Error(kUsage) for lists that do not fit each other.
void settle(PlainOptions& options, std::int64_t crop_size);

/// `crop_size`: of options that are not settled.
PlainConvUnetShape shape_of(const PlainOptions& options, std::int64_t crop_size = 256);

/// As NetworkEntry::footprint and NetworkEntry::least_values.
NetworkFootprint footprint(const AnyOptions& options, const PassShape& pass);
std::uint64_t least_values(const AnyOptions& options, std::int64_t channels);

}  // namespace medcl::plain
