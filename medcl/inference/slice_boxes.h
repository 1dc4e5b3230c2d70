// SPDX-License-Identifier: Apache-2.0
#pragma once

// The boxes that a SAM is asked with, slice by slice, where they do not come from the model itself.
//
// Source: Zhang & Patel, MedCL, MIDL 2025, Fig. 4 c-d (boxes of the reference, shifted); Ma et al.,
// Segment anything in medical images, Nature Communications 2024.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/resample.h"
#include "medcl/image/volume.h"

namespace medcl {

/// A box by its left, top, right and bottom edges in voxels of the slice: 3 5 4 6 holds voxel (3,
/// 5) alone.
using SliceBox = std::array<double, 4>;
/// The boxes of a slice, one per foreground class; a class without a box is not in the slice.
using ClassBoxes = std::vector<std::optional<SliceBox>>;
/// The boxes of every slice of a volume.
using SliceBoxes = std::vector<ClassBoxes>;

/// The smallest box around each of m foreground classes in each slice. `classes`: class indices,
/// 0 = background, kNotAnnotated.
SliceBoxes boxes_around_classes(std::span<const std::uint8_t> classes, const Size3& size,
                                std::size_t m);
/// boxes_around_classes for labels as their file holds them. @throws Error(kInvalidData) naming
/// `where` for a value outside the label map.
SliceBoxes boxes_around_labels(const Labels& labels, const LabelMap& map, const std::string& where);

/// The boxes of case `id` in {"case": {"slice": box}}, slices counted from 0, a box being [left,
/// top, right, bottom] for all classes, or {"class": [left, ...]} for those that the slice holds.
/// @throws Error(kInvalidData) naming `where` and slice when the case is missing, a class is
/// unknown, or a box is none or reaches out of the image.
SliceBoxes boxes_from_json(const Json& json, const std::string& id, const Size3& size,
                           const LabelMap& map, const std::string& where);

/// The boxes of a stored volume of `size` once its axes are put into `order`.
/// @throws Error(kInvalidData) naming `where` when its slices are other planes then.
SliceBoxes reordered(const SliceBoxes& boxes, const Size3& size, const AxisOrder& order,
                     const std::string& where);

/// Every corner moves by up to `share` of the side of the slice in both directions, uniformly, but
/// not out of the slice, each box by draws of its own; corners that change sides are exchanged.
SliceBoxes shifted_boxes(const SliceBoxes& boxes, double share, const Size3& size,
                         RandomStream& random);

/// First pixels and those one behind the last.
struct PixelBox {
  std::int64_t left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const PixelBox&) const = default;
};

/// The pixels of a box in its slice at another resolution, `plane`: edges are rounded to pixels,
/// and a box has one pixel at least. Nothing without a box.
std::optional<PixelBox> pixels_of(const std::optional<SliceBox>& box, const Size3& size,
                                  const PlaneSize& plane);

}  // namespace medcl
