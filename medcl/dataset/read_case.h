// SPDX-License-Identifier: Apache-2.0
#pragma once

// All volumes of a case, ready for use: one grid, finite voxels, labels as class indices.

#include <cstdint>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/image/volume_io.h"

namespace medcl {

struct CaseVolumes {
  std::vector<Loaded<float>> channels;      ///< in the order of dataset.json, on one grid
  std::vector<std::uint8_t> class_indices;  ///< see to_class_indices; empty for unlabelled cases
};

/// The channels of a case, whether in one file each or in one 4-D file, in the axis order of the
/// first: others are reordered (image/axis_order.h).
/// @throws Error(kIo), Error(kInvalidData): as read_image; wrong number of channels, grids that
///         differ by more than the order of their axes, NaN or infinite voxels.
std::vector<Loaded<float>> read_channels_of_case(const Case& one, const Dataset& dataset,
                                                 const std::string& assume = "");

/// The labels of a case (one.labels is set) as class indices in the axis order of its image.
/// @throws Error(kIo), Error(kInvalidData): as read_labels; grids that differ by more than the
/// order
///         of their axes, values outside the map.
std::vector<std::uint8_t> read_labels_of_case(const Case& one, const Dataset& dataset,
                                              const Geometry& image,
                                              const std::string& assume = "");

/// The channels of a case and, where it has any, its labels.
/// @throws as read_channels_of_case and read_labels_of_case.
CaseVolumes read_case(const Case& one, const Dataset& dataset, const std::string& assume = "");

}  // namespace medcl
