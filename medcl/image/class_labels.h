// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels as class indices, one byte per voxel: the form for large volumes.

#include <cstdint>
#include <filesystem>
#include <span>

#include "medcl/image/volume_io.h"

namespace medcl {

/// As write_labels in volume_io.h: writes `values[c]` for class c, without a copy of the volume.
/// @throws as write_labels; Error(kFailure) for a class without a value.
void write_labels(const std::filesystem::path& path, const Grid<std::uint8_t>& class_indices,
                  std::span<const std::int32_t> values, const SourceHeader& like);

}  // namespace medcl
