// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one case contributes to the check of a dataset.

#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/dataset.h"

namespace medcl {

struct IntensityFacts {
  double mean = 0, high = 0;  ///< high: 99th percentile
};

struct CaseFacts {
  std::string id;
  bool test = false;
  Findings findings;
  std::vector<std::string> voxel_hashes;    ///< per channel; SHA-256 of size and voxels
  std::vector<IntensityFacts> intensities;  ///< per channel; empty when unreadable
  bool labels_usable = false;
  std::vector<std::int64_t> class_voxels;  ///< per class index
  std::int64_t ignored_voxels = 0;
  SliceCategories categories;  ///< from the labels

  [[nodiscard]] std::int64_t annotated_voxels() const;
};

/// Reads every file of the case. Bad data becomes findings.
CaseFacts inspect_case(const Case& one, const Dataset& dataset, bool test);

}  // namespace medcl
