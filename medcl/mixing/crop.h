// SPDX-License-Identifier: Apache-2.0
#pragma once

// Multi-scale crop: a random square of the slice becomes the network input.
//
// Source: MedCL, Sec. 2.1 "Sampling": side = size * U(scale_min, scale_max), resized to size.

#include <cstdint>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/image/resample.h"

namespace medcl {

enum class Border { kIgnore, kBackground };
inline const Choices<Border>& choices(Border) {
  static const Choices<Border> kAll{{"ignore", Border::kIgnore},
                                    {"background", Border::kBackground}};
  return kAll;
}

struct CropOptions {
  std::int64_t size = 256;  ///< side of the network input, in prepared pixels
  double scale_min = 0.7;   ///< the crop covers size * scale pixels
  double scale_max = 1.4;
  /// Label of pixels that no image covers (crop padding, rotated-in corners): kIgnore leaves them
  /// unannotated; kBackground supervises them (what the published codes do, see
  /// docs/explanation/borders-and-corners.md).
  Border border = Border::kIgnore;
  double overhang = 0;  ///< share of a crop's side that may lie outside the image on each side
  double flip = 0.5;    ///< chance of the group flip/quarter-turn augmentation
  double rotation_degrees = 0;  ///< additional uniform rotation of the crop, +-
  void describe(OptionTable table);

  /// The label value for uncovered pixels in prepared label planes.
  [[nodiscard]] std::uint8_t border_label() const;
};

/// Draws a crop as the map source = A * crop pixel. Without overhang the square lies inside the
/// image where it fits; where it is larger than the image it may stick out on either side. Includes
/// flips, quarter-turns and the extra rotation.
Affine2 random_crop(const PlaneSize& source, const CropOptions& options, RandomStream& crop_random,
                    RandomStream& flip_random);

}  // namespace medcl
