// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known of both U-Nets before one is made.

#include <cstdint>

#include "medcl/model/network_entry.h"

namespace medcl::unet {

struct UnetOptions {
  std::int64_t width = 64;  ///< channels of the first level; doubles four times
  double dropout = 0.5;     ///< scales the encoder dropout (.05 .1 .2 .3 .5 by level)
  void describe(OptionTable table);
};

/// As NetworkEntry::footprint and NetworkEntry::least_values, for AnyOptions of UnetOptions.
NetworkFootprint footprint(const AnyOptions& options, const PassShape& pass);
std::uint64_t least_values(const AnyOptions& options, std::int64_t channels);

}  // namespace medcl::unet
