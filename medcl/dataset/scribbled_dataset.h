// SPDX-License-Identifier: Apache-2.0
#pragma once

// A dataset of dense masks as one of scribbles.

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/dataset/scribble.h"

namespace medcl {

struct ScribbledDataset {
  Dataset dataset;                                ///< as written
  std::map<std::string, double> annotated_share;  ///< of the voxels, by scribbled case
};

/// Writes a copy of `dataset` into `target` (absent or empty; complete or absent afterwards) in
/// which the dense labels of training cases are simulated scribbles. Cases that its first split
/// validates on, test cases, and labels that are scribbles already stay as they are; images, splits
/// and categories too. Images become hard links to the same files, or copies.
/// @throws Error(kUsage) for a target that is not free; Error(kInvalidData) labels outside the map.
ScribbledDataset write_scribbled_dataset(
    const Dataset& dataset, const ScribbleOptions& options, const std::filesystem::path& target,
    const std::function<void(std::int64_t, std::int64_t, const std::string&)>& progress = {});

}  // namespace medcl
