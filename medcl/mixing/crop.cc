// SPDX-License-Identifier: Apache-2.0
#include "medcl/mixing/crop.h"

#include <algorithm>
#include <numbers>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

/// First edge coordinate of a window of `side` pixels in an axis of `length` pixels.
double random_start(std::int64_t length, double side, double overhang, RandomStream& random) {
  const double slack = static_cast<double>(length) - side;
  const double beyond = overhang * side;
  return random.uniform(std::min(0.0, slack) - beyond, std::max(0.0, slack) + beyond);
}

/// Horizontal and vertical flips and a quarter-turn of the crop grid onto itself.
Affine2 random_symmetry(const PlaneSize& crop, double chance, RandomStream& random) {
  const double last = static_cast<double>(crop.width - 1);
  Affine2 symmetry{{{1, 0, 0}, {0, 1, 0}}};
  const bool active = random.chance(chance);
  const bool horizontal = random.chance(0.5);
  const bool vertical = random.chance(0.5);
  const auto quarter_turns = static_cast<double>(random.integer(4));
  if (!active) {
    return symmetry;
  }
  if (horizontal) {
    symmetry = compose(Affine2{{{-1, 0, last}, {0, 1, 0}}}, symmetry);
  }
  if (vertical) {
    symmetry = compose(Affine2{{{1, 0, 0}, {0, -1, last}}}, symmetry);
  }
  return compose(rotation_about_centre(crop, quarter_turns * std::numbers::pi / 2), symmetry);
}

}  // namespace

void CropOptions::describe(OptionTable table) {
  table.add("size", size, "side of the network input in prepared pixels; a multiple of 16", 16,
            4096);
  table.add("depth", depth,
            "slices of the network input, for a network of volumes; around the slice that is drawn",
            1, 1024);
  table.add("scale_min", scale_min, "smallest side of a crop relative to crop.size", 0.1, 10);
  table.add("scale_max", scale_max, "largest side of a crop relative to crop.size", 0.1, 10);
  table.add("border", border, "label of pixels outside the image");
  table.add("overhang", overhang,
            "share of a crop's side that may lie outside the image on each side", 0, 0.5);
  table.add("flip", flip, "chance that a crop is flipped and quarter-turned at random", 0, 1);
  table.add("rotation_degrees", rotation_degrees, "additional random rotation of a crop, +-", 0,
            180);
}

std::uint8_t CropOptions::border_label() const {
  return border == Border::kBackground ? std::uint8_t{0} : kNotAnnotated;
}

Affine2 random_crop(const PlaneSize& source, const CropOptions& options, RandomStream& crop_random,
                    RandomStream& flip_random) {
  const PlaneSize crop{options.size, options.size};
  const double scale = crop_random.uniform(options.scale_min, options.scale_max);
  const double side = scale * static_cast<double>(options.size);
  const double left = random_start(source.width, side, options.overhang, crop_random);
  const double top = random_start(source.height, side, options.overhang, crop_random);
  // Pixel centres: crop pixel x covers [x, x + 1] * scale of the window that starts at `left`.
  const Affine2 window{{{scale, 0, left + 0.5 * scale - 0.5}, {0, scale, top + 0.5 * scale - 0.5}}};
  const double angle = crop_random.uniform(-options.rotation_degrees, options.rotation_degrees) *
                       std::numbers::pi / 180;
  const Affine2 turned = compose(window, rotation_about_centre(crop, angle));
  return compose(turned, random_symmetry(crop, options.flip, flip_random));
}

SliceRange patch_slices(std::int64_t centre, std::int64_t depth, std::int64_t slices) {
  if (depth >= slices) return {.first = 0, .count = slices};
  return {.first = std::clamp<std::int64_t>(centre - depth / 2, 0, slices - depth), .count = depth};
}

Affine3 random_patch(const Extent& slices, const CropOptions& options, RandomStream& crop_random,
                     RandomStream& flip_random, RandomStream& depth_random) {
  const Affine2 plane = random_crop(slices.plane(), options, crop_random, flip_random);
  const bool chosen = options.depth > 1 && depth_random.chance(options.flip);
  const bool flipped = chosen && depth_random.chance(0.5);
  const auto before = static_cast<double>((options.depth - slices.z) / 2);
  return flipped ? slice_by_slice(plane, -1, static_cast<double>(options.depth - 1) - before)
                 : slice_by_slice(plane, 1, -before);
}

}  // namespace medcl
