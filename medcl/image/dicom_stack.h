// SPDX-License-Identifier: Apache-2.0
#pragma once

// Slices of one DICOM series as a regular grid.

#include <vector>

#include "medcl/image/itk_bridge.h"
#include "medcl/image/volume_io.h"

namespace medcl {

/// Completes every slice with `options`, checks that all are alike, and sorts them along the slice
/// normal. @throws Error(kIo) as complete_plane and place_by_number; multi-frame, colour, and
/// slices that differ in size, orientation or pixel spacing.
void sort_into_stack(std::vector<DicomSlice>& slices, const ReadOptions& options);

/// The grid of sorted slices. Positions that were rounded when they were written are even when each
/// lies within that rounding of an even grid; then `findings` says so.
/// @throws Error(kIo) duplicate, missing and unevenly placed slices, and a slanted stack.
Geometry geometry_of_stack(const std::vector<DicomSlice>& slices, Findings& findings);

}  // namespace medcl
