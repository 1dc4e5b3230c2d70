// SPDX-License-Identifier: Apache-2.0
#pragma once

// Rows of pictures: a few slices of a case, each as image, scribble, reference and predictions.

#include <filesystem>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

struct GalleryColumn {
  std::string title;
  std::filesystem::path labels;
  bool scribble = false;  ///< draw every annotated pixel, background too; else contours
};

/// The HTML of one grid of pictures: three slices (those with foreground in the first column that
/// has any; small, middle, large end) as rows; the image and then `columns` as columns. Cropped
/// around the foreground. @throws Error as read_image, read_labels, to_class_indices.
std::string case_gallery(const Case& one, const Dataset& dataset,
                         const std::vector<GalleryColumn>& columns);

/// The HTML of a key to the colours of the classes; with `background`, also of background strokes.
std::string class_key(const LabelMap& labels, bool background);

/// The share (0 to 1) of voxels that carry a label (not ignored); 1 for dense masks.
double annotated_share(const std::filesystem::path& labels, const LabelMap& map);

}  // namespace medcl
