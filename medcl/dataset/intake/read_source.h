// SPDX-License-Identifier: Apache-2.0
#pragma once

// The voxels of a source of `medcl new`, whatever kind of file it is.

#include <vector>

#include "medcl/dataset/import_job.h"
#include "medcl/dataset/intake/plan.h"

namespace medcl {

/// The channels of a case in the order of the plan, on the grid of the first: axes that are stored
/// in another order are reordered. A file with several channels (a 4-D file, a picture in colours)
/// gives them all. What readers find goes to job.report.
/// @throws as read_channels; Error(kUsage) for pictures without the size of a pixel;
///         Error(kInvalidData) for channels on different grids.
std::vector<Loaded<float>> read_planned_images(ImportJob& job, const IntakePlan& plan,
                                               const PlannedCase& one);

/// The labels of a source on the grid of its image: as read_source_labels, and where the file
/// covers another part of space than the image (.seg.nrrd is cropped to what is drawn) by the
/// places of the voxels, 0 outside.
/// @throws as read_source_labels.
Labels read_planned_labels(ImportJob& job, const Source& source, const Loaded<float>& image);

}  // namespace medcl
