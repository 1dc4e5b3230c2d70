// SPDX-License-Identifier: Apache-2.0
#pragma once

// Slices of the only annotated scan that are kept back to validate on.

#include <cstdint>
#include <optional>
#include <vector>

#include "medcl/image/volume.h"

namespace medcl {

/// A volume in two along one axis: the slices [0, at) and [at, size).
struct Cut {
  std::size_t axis = 2;
  std::int64_t at = 0;
  bool holds_out_end = true;  ///< the second part is validated on, else the first
};

/// Where to cut a scan so that about `share` of the slices with annotation, at least one, lie in
/// the part held out, every class of the scan lies in the other, and the parts are cut half way
/// between annotated slices. None when no cut does. Annotated: anything but `ignore`.
std::optional<Cut> cut_to_hold_out(const Labels& labels, std::size_t axis, std::int32_t ignore,
                                   double share);

/// The slices [begin, end) along `axis`.
template <typename T>
Grid<T> slab(const Grid<T>& volume, std::size_t axis, std::int64_t begin, std::int64_t end) {
  const Size3& size = volume.geometry.size;
  Grid<T> part{volume.geometry, {}};
  part.geometry.size[axis] = end - begin;
  for (auto& row : part.geometry.world_from_index) {
    row[3] += row[axis] * static_cast<double>(begin);
  }
  Size3 first{0, 0, 0}, last = size;
  first[axis] = begin;
  last[axis] = end;
  for (std::int64_t k = first[2]; k < last[2]; ++k) {
    for (std::int64_t j = first[1]; j < last[1]; ++j) {
      const auto row = volume.voxels.begin() + ((k * size[1] + j) * size[0]);
      part.voxels.insert(part.voxels.end(), row + first[0], row + last[0]);
    }
  }
  return part;
}

}  // namespace medcl
