// SPDX-License-Identifier: Apache-2.0
#pragma once

// Changes of the intensities of one channel of a slice or a patch, in place.
//
// Source: the transforms of batchgeneratorsv2 0.3.6, with which nnU-Net augments its samples. All
// take linear time; images are x fastest, slice by slice, and hold at least one voxel.

#include <array>
#include <span>

#include "medcl/image/extent.h"

namespace medcl {

/// (x - mean) factor + mean, clipped to the range that the image had.
void stretch_contrast(std::span<float> image, double factor);

/// ((x - least) / range)^gamma range + least, scaled and shifted to the mean and the deviation that
/// the image had; with `negated` that of the negated image, negated again, so that it bends the
/// bright end. An image of one value stays as it is.
void bend_by_gamma(std::span<float> image, double gamma, bool negated);

/// By a Gaussian along each axis (z, y, x) in turn, of a width in voxels; its kernel has the odd
/// number of voxels nearest to 6 sigma + 0.5, and the image is reflected at its border. Axes of one
/// voxel and those with a sigma of 0 stay as they are.
void blur(std::span<float> image, const Extent& extent, const std::array<double, 3>& sigma_zyx);

/// As if it had been acquired with `share` (0 to 1) of its voxels along each axis of more than one:
/// the nearest ones, and linear interpolation between them.
void lower_resolution(std::span<float> image, const Extent& extent, double share);

}  // namespace medcl
