// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pictures of slices: grey image with labels drawn over it as contours, or strokes as coloured
// pixels.

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "medcl/dataset/label_map.h"
#include "medcl/format/png.h"
#include "medcl/image/resample.h"
#include "medcl/image/volume.h"

namespace medcl {

using Colour = std::array<std::uint8_t, 3>;

/// The colour of a class index from 1 on (repeats after 7): readable on grey and for colour-blind
/// eyes. Class 0, seen only in scribbles, is a light violet.
Colour class_colour(std::int64_t class_index);
std::string css_colour(const Colour& colour);  ///< "#56b4e9"

/// Grey levels: `low` becomes black, `high` white.
struct GreyWindow {
  float low = 0, high = 1;
};
/// The window from the 1st to the 99.5th percentile of the finite voxels.
GreyWindow window_of(const Image& image);

/// Part of a slice, in pixels.
struct Crop {
  std::int64_t x = 0, y = 0, width = 0, height = 0;
};
/// The part of a slice to show: a square in millimetres around the pixels of all slices that are
/// neither 0 nor kNotAnnotated, with `margin_mm` on each side, as far as the slice reaches; the
/// whole slice when there are none.
Crop crop_around(std::span<const std::uint8_t> class_indices, const Geometry& geometry,
                 double margin_mm);

enum class LabelStyle { kNone, kContour, kScribble };

/// How slices of a case are shown.
struct View {
  GreyWindow window;
  Crop crop;
  std::int64_t side_pixels = 224;  ///< longer side of the picture
};

/// Slice k of `image`, turned so that patient left is on the right and anterior (or superior) at
/// the top as far as mirroring can do that. `class_indices`: the whole label volume on the same
/// grid, or empty. kScribble draws background strokes too; kNotAnnotated is never drawn.
Picture slice_picture(const Image& image, std::span<const std::uint8_t> class_indices,
                      std::int64_t k, const View& view, LabelStyle style);

}  // namespace medcl
