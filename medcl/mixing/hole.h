// SPDX-License-Identifier: Apache-2.0
#pragma once

// Holes: boxes about random centres, cut off at the border, in which an image is erased or shows
// another one.
//
// Source: DeVries & Taylor, Improved regularization of convolutional neural networks with Cutout,
// arXiv 1708.04552, 2017; Yun et al., CutMix, ICCV 2019. Shape suffixes: b = images, c = channels,
// k = classes, s = axes in space.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/image/extent.h"
#include "medcl/mixing/box_mask.h"

namespace medcl {

/// What the annotation says about erased pixels: nothing, what it said before, or background.
enum class HoleLabels { kIgnore, kKept, kBackground };
inline const Choices<HoleLabels>& choices(HoleLabels) {
  static const Choices<HoleLabels> kAll{{"ignore", HoleLabels::kIgnore},
                                        {"kept", HoleLabels::kKept},
                                        {"background", HoleLabels::kBackground}};
  return kAll;
}

struct HoleOptions {
  double side = 0.15;  ///< of a hole as a share of the image's, along every axis
  std::int64_t count = 1;
  HoleLabels labels = HoleLabels::kIgnore;
  void describe(OptionTable table);
};

/// A box with `share` of the extent's sides, rounded to pixels, about a centre that is uniform over
/// the pixels; what lies outside the extent is cut off. A single slice draws nothing for its depth.
Box random_hole(const Extent& extent, double share, RandomStream& random);

/// [b, 1, s], true in the pixels that one of their image's boxes holds. There are boxes for every
/// image of `maps_bcs`, which gives sizes and device.
torch::Tensor mask_of(const std::vector<std::vector<Box>>& boxes, const torch::Tensor& maps_bcs);

struct Holes {
  torch::Tensor mask_b1s;  ///< true in the holes

  /// Images, or maps, with 0 in the holes.
  [[nodiscard]] torch::Tensor cut(const torch::Tensor& maps_bcs) const;
  /// The annotation of cut images.
  [[nodiscard]] torch::Tensor cut_annotation(const torch::Tensor& target_bks,
                                             HoleLabels labels) const;
};

Holes draw_holes(const HoleOptions& options, const torch::Tensor& image_bcs, RandomStream& random);

}  // namespace medcl
