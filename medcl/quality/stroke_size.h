// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a model makes structures as large as strokes that it did not see allow: in slices with
// strokes every pixel is given to the class of the nearest stroke, and the sizes are compared. A
// border lies somewhere between two strokes; half-way is wrong in one place and right on average as
// far as strokes keep equal distances from it on both sides.

#include <array>
#include <cstdint>
#include <vector>

#include "medcl/image/volume.h"
#include "medcl/quality/agreement.h"

namespace medcl {

/// Voxels of one class in slices with strokes.
struct ClassSize {
  std::int64_t predicted = 0;
  std::int64_t grown = 0;  ///< nearest to a stroke of the class

  void add(const ClassSize& other);
  /// predicted / grown; NaN where nothing was grown.
  [[nodiscard]] double ratio() const;
};

/// Sizes of each foreground class. `predicted`, `strokes`: class indices of one case (strokes:
/// kNotAnnotated where nobody drew) in slices along the third axis of `size`, with pixels of
/// `pixel_mm`. Of equally near strokes the class with the lower index counts.
std::vector<ClassSize> compare_sizes(Segmentation predicted, Segmentation strokes,
                                     const Size3& size, const std::array<double, 2>& pixel_mm,
                                     std::int64_t class_count);

}  // namespace medcl
