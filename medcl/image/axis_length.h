// SPDX-License-Identifier: Apache-2.0
#pragma once

// The voxel size of images whose file does not say it.

#include <filesystem>

#include "medcl/image/volume_io.h"

namespace medcl {

/// Gives the voxels this size along an axis; their directions and the first voxel stay.
void set_length(Geometry& geometry, std::size_t axis, double length_mm);

/// The thickness of the one slice of a 2-D image, whose header has no place for it: that of
/// `options`, or 1 mm, with the warning "no-thickness".
void complete_thickness(Geometry& geometry, const std::filesystem::path& path,
                        const ReadOptions& options, Findings& findings);

}  // namespace medcl
