// SPDX-License-Identifier: Apache-2.0
#pragma once

// Slice-level category labels: which classes are present in a slice (Psi of the paper).
// File <root>/categories.json: {"case": {"3": ["RV", "MYO"], ...}} - slice index -> names of the
// foreground classes present; a slice that is not listed has no category label. Slices are counted
// along the third axis of the image as its file stores it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/image/axis_order.h"

namespace medcl {

/// Per slice: nullopt = unknown, else flags for classes 0..m (background is always present).
using SliceCategories = std::vector<std::optional<std::vector<bool>>>;

/// By case; a case that is not listed has no category labels.
using Categories = std::map<std::string, SliceCategories>;

/// The index that is the key of a slice in JSON, below `slices`.
/// @throws Error(kInvalidData) naming `where`.
std::size_t slice_from_text(const std::string& text, std::size_t slices, const std::string& where);

/// @throws Error(kInvalidData) naming `where`, case and slice.
Categories categories_from_json(const Json& json, const LabelMap& labels, const std::string& where);
/// Slices after the last one with a label leave no trace.
Json categories_to_json(const Categories& categories, const LabelMap& labels);

/// Empty without categories.json. @throws Error(kIo), and as categories_from_json.
Categories read_categories(const Dataset& dataset);
void write_categories(const Dataset& dataset, const Categories& categories);

/// The slices of a volume of `depth` slices after `order`; all unknown when the slices are other
/// planes then (order.axis[2] != 2).
SliceCategories reordered(SliceCategories slices, std::int64_t depth, const AxisOrder& order);

/// Classes that occur among the annotated voxels of each slice; a slice without any annotated voxel
/// is unknown.
SliceCategories categories_from_labels(std::span<const std::uint8_t> class_indices,
                                       const Size3& size, std::int64_t class_count);

}  // namespace medcl
