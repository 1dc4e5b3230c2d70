// SPDX-License-Identifier: Apache-2.0
#pragma once

// Multi-scale crop: a random square of the slice, or of some slices, becomes the network input.
//
// Source: MedCL, Sec. 2.1 "Sampling": side = size * U(scale_min, scale_max), resized to size. The
// paper crops slices; a patch of several is cropped alike in each, and not resized across them.

#include <cstdint>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/image/affine.h"

namespace medcl {

enum class Border { kIgnore, kBackground };
inline const Choices<Border>& choices(Border) {
  static const Choices<Border> kAll{{"ignore", Border::kIgnore},
                                    {"background", Border::kBackground}};
  return kAll;
}

struct CropOptions {
  std::int64_t size = 256;  ///< side of the network input, in prepared pixels
  std::int64_t depth = 1;   ///< slices of the network input
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

  [[nodiscard]] Extent extent() const { return {.z = depth, .y = size, .x = size}; }
  /// The label value for uncovered pixels in prepared label planes.
  [[nodiscard]] std::uint8_t border_label() const;
};

/// Draws a crop as the map source = A * crop pixel. Without overhang the square lies inside the
/// image where it fits; where it is larger than the image it may stick out on either side. Includes
/// flips, quarter-turns and the extra rotation.
Affine2 random_crop(const PlaneSize& source, const CropOptions& options, RandomStream& crop_random,
                    RandomStream& flip_random);

/// Slices of a volume that follow each other.
struct SliceRange {
  std::int64_t first = 0, count = 1;
  bool operator==(const SliceRange&) const = default;
};
/// Those of a patch of `depth` slices whose middle is `centre`, moved to lie in the volume; all of
/// a volume that has fewer.
SliceRange patch_slices(std::int64_t centre, std::int64_t depth, std::int64_t slices);

/// Draws a patch of options.depth slices out of the slices that patch_slices() names for it: in the
/// plane as random_crop, along z slice by slice, in the middle where there are fewer slices.
/// `depth_random` says whether the patch is flipped along z, which half of those are that
/// options.flip chooses; a single slice draws nothing from it.
Affine3 random_patch(const Extent& slices, const CropOptions& options, RandomStream& crop_random,
                     RandomStream& flip_random, RandomStream& depth_random);

}  // namespace medcl
