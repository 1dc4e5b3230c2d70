// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/reach.h"

#include <algorithm>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/distance_transform.h"

namespace medcl {

namespace {

/// A pixel that lies exactly at the limit stays unknown however its spacing was rounded.
constexpr double kRounding = 1e-5;  // relative; spacings are stored in single precision

}  // namespace

void assume_background_beyond(double reach_mm, std::span<std::uint8_t> class_indices,
                              const PlaneSize& plane, const std::array<double, 2>& pixel_mm,
                              const std::vector<bool>& knows_all) {
  const auto area = static_cast<std::size_t>(plane.count());
  check(area > 0 && class_indices.size() == area * knows_all.size(), "whole slices");
  const double limit_mm = reach_mm * (1 + kRounding);
  std::vector<std::uint8_t> strokes(area);
  for (std::size_t start = 0; start < class_indices.size(); start += area) {
    const auto slice = class_indices.subspan(start, area);
    if (!knows_all[start / area]) continue;
    if (std::ranges::all_of(slice, [](std::uint8_t c) { return c == kNotAnnotated; })) continue;
    std::ranges::transform(slice, strokes.begin(), [](std::uint8_t c) {
      return static_cast<std::uint8_t>(c != 0 && c != kNotAnnotated ? 1 : 0);
    });
    const auto distance_mm = distance_transform_mm(strokes, {plane.width, plane.height, 1},
                                                   {pixel_mm[0], pixel_mm[1], 1.0});
    for (std::int64_t y = 0; y < plane.height; y += kReachStride) {
      for (std::int64_t x = 0; x < plane.width; x += kReachStride) {
        const auto pixel = static_cast<std::size_t>(y * plane.width + x);
        if (slice[pixel] == kNotAnnotated && distance_mm[pixel] > limit_mm) slice[pixel] = 0;
      }
    }
  }
}

}  // namespace medcl
