// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/class_width.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "medcl/core/percentile.h"
#include "medcl/dataset/label_map.h"
#include "medcl/image/distance_transform.h"

namespace medcl {

std::optional<double> half_width_mm(std::span<const std::uint8_t> indices_hw, const Size3& size,
                                    const Point3& spacing_mm, std::uint8_t index, bool dense) {
  std::vector<std::uint8_t> others(indices_hw.size());
  std::ranges::transform(indices_hw, others.begin(), [&](std::uint8_t one) {
    return static_cast<std::uint8_t>(one != index && one != kNotAnnotated);
  });
  if (std::ranges::find(others, 1) == others.end()) return std::nullopt;
  const std::vector<double> to_others_mm = distance_transform_mm(others, size, spacing_mm);
  std::vector<double> inside_mm;
  for (std::size_t p = 0; p < indices_hw.size(); ++p) {
    if (indices_hw[p] == index) inside_mm.push_back(to_others_mm[p]);
  }
  if (inside_mm.empty()) return std::nullopt;
  if (!dense) return percentile(inside_mm, 10);
  return 2 * std::accumulate(inside_mm.begin(), inside_mm.end(), 0.0) /
         static_cast<double>(inside_mm.size());
}

}  // namespace medcl
