// SPDX-License-Identifier: Apache-2.0
#pragma once

// 8-bit PNG writer for pictures in reports.

#include <cstdint>
#include <span>
#include <vector>

namespace medcl {

/// Row-major, rows from the top; `channels` is 1 (grey) or 3 (RGB).
struct Picture {
  std::int64_t width = 0, height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;
};

/// The bytes of a PNG file. @throws Error(kFailure) when the parts of the picture disagree.
std::vector<std::uint8_t> encode_png(const Picture& picture);

}  // namespace medcl
