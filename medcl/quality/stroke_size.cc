// SPDX-License-Identifier: Apache-2.0
#include "medcl/quality/stroke_size.h"

#include <algorithm>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The class of the nearest stroke for each pixel of a slice that has one.
std::vector<std::uint8_t> grow(Segmentation strokes, const Size3& plane,
                               const std::array<double, 2>& pixel_mm, std::int64_t class_count) {
  std::vector<double> nearest_mm(strokes.size(), std::numeric_limits<double>::infinity());
  std::vector<std::uint8_t> grown(strokes.size(), 0), mask(strokes.size());
  for (std::int64_t c = 0; c < class_count; ++c) {
    std::ranges::transform(strokes, mask.begin(), [c](std::uint8_t stroke) {
      return static_cast<std::uint8_t>(stroke == c ? 1 : 0);
    });
    if (std::ranges::count(mask, 1) == 0) continue;
    const auto distance_mm = distance_transform_mm(mask, plane, {pixel_mm[0], pixel_mm[1], 1.0});
    for (std::size_t pixel = 0; pixel < grown.size(); ++pixel) {
      if (distance_mm[pixel] >= nearest_mm[pixel]) continue;
      nearest_mm[pixel] = distance_mm[pixel];
      grown[pixel] = static_cast<std::uint8_t>(c);
    }
  }
  return grown;
}

}  // namespace

void ClassSize::add(const ClassSize& other) {
  predicted += other.predicted;
  grown += other.grown;
}

double ClassSize::ratio() const {
  return grown == 0 ? kNan : static_cast<double>(predicted) / static_cast<double>(grown);
}

std::vector<ClassSize> compare_sizes(Segmentation predicted, Segmentation strokes,
                                     const Size3& size, const std::array<double, 2>& pixel_mm,
                                     std::int64_t class_count) {
  const auto pixels = static_cast<std::size_t>(size[0] * size[1]);
  check(predicted.size() == strokes.size() &&
            strokes.size() == pixels * static_cast<std::size_t>(size[2]),
        "strokes lie on the grid of the prediction");
  std::vector<ClassSize> sizes(static_cast<std::size_t>(class_count));
  for (std::size_t first = 0; first < strokes.size(); first += pixels) {
    const Segmentation slice = strokes.subspan(first, pixels);
    const bool drawn =
        std::ranges::any_of(slice, [](auto label) { return label != kNotAnnotated; });
    if (!drawn) continue;
    for (const std::uint8_t c : grow(slice, {size[0], size[1], 1}, pixel_mm, class_count)) {
      ++sizes[c].grown;
    }
    for (const std::uint8_t c : predicted.subspan(first, pixels)) ++sizes[c].predicted;
  }
  sizes.erase(sizes.begin());
  return sizes;
}

}  // namespace medcl
