// SPDX-License-Identifier: Apache-2.0
#pragma once

// Voxels that know where they lie.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/format/nifti.h"
#include "medcl/image/geometry.h"

namespace medcl {

/// A volume, i fastest, then j, then k: voxel (i, j, k) is voxels[(k * size[1] + j) * size[0] + i].
template <typename T>
struct Grid {
  Geometry geometry;
  std::vector<T> voxels;

  /// The slice k, row-major with rows j and columns i.
  [[nodiscard]] std::span<const T> slice(std::int64_t k) const {
    const auto area = static_cast<std::size_t>(geometry.size[0] * geometry.size[1]);
    return std::span<const T>(voxels).subspan(static_cast<std::size_t>(k) * area, area);
  }
  [[nodiscard]] std::span<T> slice(std::int64_t k) {
    const auto area = static_cast<std::size_t>(geometry.size[0] * geometry.size[1]);
    return std::span<T>(voxels).subspan(static_cast<std::size_t>(k) * area, area);
  }
};

using Image = Grid<float>;
/// Label values as stored (0, 1, 2 ... or 200, 500, 1220 ...), already checked to be integers.
using Labels = Grid<std::int32_t>;

}  // namespace medcl
