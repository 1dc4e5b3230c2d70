// SPDX-License-Identifier: Apache-2.0
#pragma once

// The order of axes in which a network sees the scans of a dataset, however their files store them.
//
// A network works on slices, so it matters which plane a slice is and which way it is turned. The
// same scan can be stored in 48 orders; a code such as "RAS" names one: the directions to which the
// axes x, y and across the slices point. The rule that chooses a code looks at the scans, never at
// how they are stored:
//
// 1. The slices lie across the axis of the world (R, A or S) that most training scans were acquired
//    across: for each scan the one nearest to slice_axis_of (image/axis_order.h), which is the axis
//    of the coarse spacing. Scans whose voxels are alike in all directions have no say.
// 2. Where that leaves several axes, the scribbles decide: whoever draws in slices leaves most
//    slices empty. An axis is taken when at most half as many of its planes hold a scribble as of
//    those of every other axis, and when what they hold is as thin as strokes are or fills them.
// 3. Else S before A before R: axial, coronal, sagittal slices.
//
// x and y are the two other axes in the order R, A, S, and all axes point to R, A and S: "RAS" for
// axial, "RSA" for coronal, "ASR" for sagittal slices.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/image/geometry.h"

namespace medcl {

/// What one scan says of the plane of its slices. Axes are those of the world: 0 R, 1 A, 2 S.
struct PlaneEvidence {
  std::optional<std::size_t> slice_axis;  ///< across which it was acquired
  /// Planes across each axis, and those that hold a scribble; 0 for a scan without scribbles.
  std::array<std::int64_t, 3> planes{}, scribbled_planes{};
  std::int64_t annotated = 0;                  ///< voxels
  std::array<std::int64_t, 3> inner_voxels{};  ///< see stroke_planes.h
};

/// What the grid of a scan says, without its scribbles.
PlaneEvidence plane_evidence(const Geometry& scan);
/// Adds the scribbles of the scan (class indices, kNotAnnotated); dense labels say nothing.
void add_scribbles(PlaneEvidence& evidence, const Geometry& scan,
                   std::span<const std::uint8_t> class_indices);

/// The code of slices across an axis of the world.
std::string orientation_across(std::size_t world_axis);

/// The code that the rule above chooses.
std::string chosen_orientation(const std::vector<PlaneEvidence>& scans);

/// Whether `text` is "auto", "anatomical" (the rule above), "array" (axes as they are stored) or
/// axis codes.
bool is_orientation(const std::string& text);

/// What `asked` means for this dataset: "array" or axis codes. "auto" is what dataset.json says
/// ("orientation"), and "anatomical" without such a key. Reads the headers of the training scans,
/// and their scribbles only where the rule needs them.
/// @throws Error(kUsage) when `asked` is no orientation; as read_image and read_labels.
std::string settled_orientation(const Dataset& dataset, const std::string& asked,
                                const std::string& assume);

}  // namespace medcl
