// SPDX-License-Identifier: Apache-2.0
#pragma once

// Intra-mix: outside a random box an image is mixed with rotated copies of itself.
//
// Source: MedCL, Sec. 2.1: x' = I x + (1 - I) [b x1 + (1 - b) x2], x2 = R(x, theta). The paper
// leaves x1 = x; the published code rotates both (x1 = R(x, theta1)). Labels are mixed by the same
// formula. In a patch of several slices each is rotated in its plane, and the box is one of voxels.

#include <cstdint>
#include <span>
#include <vector>

#include "medcl/core/options.h"
#include "medcl/core/random.h"
#include "medcl/image/extent.h"
#include "medcl/mixing/box_mask.h"

namespace medcl {

/// Which copies are rotated: x1 and x2 (published code) or x2 alone (the text of the paper).
enum class RotatedCopies { kBoth, kOne };
inline const Choices<RotatedCopies>& choices(RotatedCopies) {
  static const Choices<RotatedCopies> kAll{{"both", RotatedCopies::kBoth},
                                           {"one", RotatedCopies::kOne}};
  return kAll;
}

/// Whether the crop is mixed or the whole slice, which is cropped then.
enum class MixOrder { kCropFirst, kIntraFirst };
inline const Choices<MixOrder>& choices(MixOrder) {
  static const Choices<MixOrder> kAll{{"crop_first", MixOrder::kCropFirst},
                                      {"intra_first", MixOrder::kIntraFirst}};
  return kAll;
}

/// Mixed labels keep their weights, or each pixel takes the heaviest label.
enum class MixedLabels { kSoft, kHard };
inline const Choices<MixedLabels>& choices(MixedLabels) {
  static const Choices<MixedLabels> kAll{{"soft", MixedLabels::kSoft},
                                         {"hard", MixedLabels::kHard}};
  return kAll;
}

struct IntraMixOptions {
  bool enabled = true;
  RotatedCopies rotate = RotatedCopies::kBoth;
  double angle_degrees = 180;  ///< angles are uniform in +-this
  double beta = 0.5;           ///< Beta(beta, beta) of the mixing weight
  double box_min = 0.8;        ///< sides of the unmixed box relative to the image
  double box_max = 1.0;
  MixOrder order = MixOrder::kCropFirst;
  MixedLabels labels = MixedLabels::kSoft;
  void describe(OptionTable table);
};

struct IntraMixDraw {
  double theta1 = 0, theta2 = 0;  ///< radians, counter-clockwise
  double beta = 1;                ///< weight of the first copy
  Box box;                        ///< inside, the image stays as it is
};

IntraMixDraw draw_intra_mix(const IntraMixOptions& options, const Extent& extent,
                            RandomStream& random);

/// Mixes one channel; uncovered corners of a rotated copy are `fill`.
std::vector<float> intra_mix(std::span<const float> x, const Extent& extent,
                             const IntraMixDraw& draw, float fill = 0);

/// Mixes labels (class index or kNotAnnotated) into soft targets [classes][extent]; pixels without
/// annotation have all zeros. Uncovered corners carry `border_label`.
std::vector<float> intra_mix_labels(std::span<const std::uint8_t> labels, const Extent& extent,
                                    std::int64_t classes, const IntraMixDraw& draw,
                                    std::uint8_t border_label);

/// Each pixel of soft targets [classes][extent] takes its heaviest class with weight 1, or none
/// when the weight that is missing to 1 (not annotated) is heavier; the first of equals wins.
void harden(std::span<float> target, std::int64_t classes, const Extent& extent);

/// Fills `output` with x' of the formula, pixel by pixel, from x, x1 and x2.
void blend(std::span<const float> x, std::span<const float> x1, std::span<const float> x2,
           const Extent& extent, const IntraMixDraw& draw, std::span<float> output);

}  // namespace medcl
