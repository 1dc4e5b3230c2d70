// SPDX-License-Identifier: Apache-2.0
#pragma once

// Labels whose header does not put them where their image is, and the two ways to read such a file.

#include <filesystem>
#include <string>

#include "medcl/image/volume_io.h"

namespace medcl {

/// Which of the two is right when a label file fits its image as an array but not in the world.
enum class LabelAlignment {
  kUndecided,  ///< nothing is changed
  kIndex,      ///< the array: voxel (i, j, k) belongs to voxel (i, j, k) of the image
  kWorld,      ///< the header: an image voxel gets the label of the nearest label voxel
};

/// kIndex for "index", kWorld for "world"; everything else is undecided.
LabelAlignment label_alignment(const std::string& text);

/// The labels of a file on the grid of the image. Axes stored in another order are reordered, also
/// when undecided. Voxels of the image outside the labels (kWorld) get `outside`.
/// @throws Error(kInvalidData) when undecided and more differs than the order of axes, and by index
///         when the sizes differ; as read_labels.
Labels labels_on_grid(const std::filesystem::path& labels, const Geometry& image,
                      LabelAlignment alignment, std::int32_t outside);

}  // namespace medcl
