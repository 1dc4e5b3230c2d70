// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one case contributes to the check of a dataset.

#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/label_habit.h"
#include "medcl/dataset/orientation.h"
#include "medcl/image/volume.h"

namespace medcl {

struct IntensityFacts {
  double mean = 0, high = 0;  ///< high: 99th percentile
};

struct CaseFacts {
  std::string id;
  bool test = false;
  std::string image_file;        ///< of the first channel
  std::optional<Geometry> grid;  ///< of the image, as its file stores it; empty when unreadable
  PlaneEvidence planes;
  Findings findings;
  std::vector<std::string>
      voxel_hashes;  ///< SHA-256 of size and voxels, per channel that is not constant
  std::vector<IntensityFacts> intensities;  ///< per channel; empty when unreadable
  /// The first channel, while the labels of the case are looked at.
  std::optional<Image> image;
  bool labels_usable = false;
  HabitEvidence habit;                     ///< of usable labels
  std::vector<std::int64_t> class_voxels;  ///< per class index
  std::int64_t ignored_voxels = 0;
  SliceCategories categories;  ///< from the labels, in the slices of the image

  [[nodiscard]] std::int64_t annotated_voxels() const;
};

/// Reads every file of the case. Bad data becomes findings.
CaseFacts inspect_case(const Case& one, const Dataset& dataset, bool test);

}  // namespace medcl
