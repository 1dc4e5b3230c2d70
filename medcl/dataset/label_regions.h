// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels that overlap: nnU-Net's regions, such as "whole tumor": [1, 2, 3], "tumor core": [2, 3].
// The files hold one value for each voxel all the same, and these values are the classes here.
//
// Source: nnU-Net v2 documentation, region_based_training.md.

#include <string>

#include "medcl/core/finding.h"
#include "medcl/format/json.h"

namespace medcl {

/// `labels` of dataset.json with one value for each name. Without lists it comes back as it is. A
/// value is named after the region that `regions_class_order` gives it, else after the smallest
/// region that holds it, else "label 3"; the note "regions" says which.
/// @throws Error(kInvalidData) naming `where` for lists of anything but whole numbers.
Json labels_without_regions(const Json& labels, const Json& regions_class_order,
                            const std::string& where, Findings& findings);

}  // namespace medcl
