// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/class_volumes.h"

#include <algorithm>

#include "medcl/image/components.h"

namespace medcl {

std::vector<double> class_volumes_ml(std::span<const std::uint8_t> class_indices,
                                     const Geometry& geometry, std::size_t classes) {
  std::vector<std::int64_t> counts(256, 0);
  for (const std::uint8_t value : class_indices) ++counts[value];
  const Point3 spacing_mm = geometry.spacing_mm();
  const double voxel_ml = spacing_mm[0] * spacing_mm[1] * spacing_mm[2] / 1000;
  std::vector<double> volumes_ml;
  for (std::size_t c = 0; c < std::min(classes, counts.size()); ++c) {
    volumes_ml.push_back(static_cast<double>(counts[c]) * voxel_ml);
  }
  return volumes_ml;
}

Pieces pieces_of_class(std::span<const std::uint8_t> class_indices, const Size3& size,
                       std::uint8_t class_index) {
  std::vector<std::uint8_t> mask(class_indices.size());
  std::transform(class_indices.begin(), class_indices.end(), mask.begin(),
                 [class_index](std::uint8_t value) { return value == class_index ? 1 : 0; });
  const std::vector<std::int64_t> counts = connected_components(mask, size).voxel_counts;
  std::int64_t total = 0, largest = 0;
  for (const std::int64_t one : counts) {
    total += one;
    largest = std::max(largest, one);
  }
  return {static_cast<std::int64_t>(counts.size()),
          total > 0 ? static_cast<double>(largest) / static_cast<double>(total) : 0};
}

}  // namespace medcl
