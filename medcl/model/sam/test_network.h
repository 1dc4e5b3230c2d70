// SPDX-License-Identifier: Apache-2.0
#pragma once

// A test tool: a SAM small enough for any test. Header only.

#include <cstdint>

#include "medcl/model/sam/network_options.h"

namespace medcl::sam {

/// Masks of 16 x 16 pixels from images of any size.
inline SamNetworkOptions tiny_network() {
  SamNetworkOptions options;
  options.image_size = 16;
  options.encoder_width = 16;
  options.encoder_depth = 2;
  options.encoder_heads = 2;
  options.encoder_patch = 4;
  options.encoder_grid = 4;
  options.encoder_window = 0;
  options.decoder_width = 16;
  options.text_width = 6;
  options.tile = 16;
  return options;
}

}  // namespace medcl::sam
