// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every problem of a dataset in one list: broken files, contradicting geometry, labels outside the
// map, non-finite or constant images, empty scribbles, classes that never occur, duplicates.

#include <functional>
#include <string>

#include "medcl/core/finding.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/label_grid.h"

namespace medcl {

/// Called with (done, total) after each case; may be empty.
using CheckProgress = std::function<void(std::int64_t, std::int64_t)>;

/// Reads every file. Never throws for bad data: it becomes a Finding.
Findings check_dataset(const Dataset& dataset, const CheckProgress& progress = {});
/// The findings about the files of one case of imagesTr alone.
Findings check_case(const Case& one, const Dataset& dataset);

/// Repairs what is safe to repair: label files stored in another axis order than their image are
/// reordered, those without any orientation whose arrays fit get the geometry of the image; and
/// label files whose array fits while their header contradicts the image as `alignment` says. Of
/// pictures (.png, .tif) only the size of a pixel is repaired (kIndex), in the JSON file beside
/// them. The old file is kept as *.orig. Returns what was done, one finding per repaired file.
Findings fix_dataset(const Dataset& dataset, const Findings& findings,
                     LabelAlignment alignment = LabelAlignment::kUndecided);

bool has_errors(const Findings& findings);

}  // namespace medcl
