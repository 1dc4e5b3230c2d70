// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds a slice again in another copy of its scan, cropped or padded otherwise: by whole pixels, as
// two releases of the same scan differ.

#include <cstdint>
#include <span>

#include "medcl/image/volume.h"

namespace medcl {

/// A plane of pixels, rows of columns.
struct PixelPlane {
  std::span<const float> pixels;
  std::int64_t columns = 0, rows = 0;
};

struct SliceMatch {
  std::int64_t slice = 0;            ///< of the volume
  std::int64_t right = 0, down = 0;  ///< pixel (i, j) of the picture is (i + right, j + down) there
  double correlation = 0;  ///< of the intensities where both are, -1 to 1; 0 without variance
};

/// The best match over all slices, for shifts of the centres by at most `most_shift` pixels each
/// way. Coarse first (means of 4 x 4 pixels), then by pixels around the best of each of the best
/// three slices. Cost: O(slices x pixels x (most_shift / 4)^2 / 16).
SliceMatch find_slice(const PixelPlane& picture, const Image& volume, std::int64_t most_shift = 24);

/// Pearson's correlation of the picture, moved by (right, down), and `other` where both are; 0
/// where they share less than half of the smaller one.
double correlation_at(const PixelPlane& picture, const PixelPlane& other, std::int64_t right,
                      std::int64_t down);

}  // namespace medcl
