// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known of the classes of a slice: each is present (Psi of the paper), absent or unknown.
// File <root>/categories.json: {"case": {"3": {"present": ["LV"], "absent": ["RV"]}, ...}} - slice
// index -> names of foreground classes; a class in neither list is unknown, and so is every class
// of a slice that is not listed. "3": ["RV", "MYO"] says that these are present and all others
// absent. Slices are counted along the third axis of the image as its file stores it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"
#include "medcl/image/axis_order.h"

namespace medcl {

enum class Tag : std::uint8_t { kAbsent = 0, kPresent = 1, kUnknown = 255 };
/// What is known of a slice: one tag for each class 0..m; the background is always present.
using SliceTags = std::vector<Tag>;
/// The tags of every slice of a volume; nullopt = nothing is known.
using SliceCategories = std::vector<std::optional<SliceTags>>;

/// Tags that leave no class unknown, from flags for classes 0..m.
SliceTags complete_tags(const std::vector<bool>& present);
/// Whether every class is known to be there or not.
bool is_complete(const SliceTags& tags);

/// Category labels by case; a case that is not listed has no category labels.
using Categories = std::map<std::string, SliceCategories>;

/// The index that is the key of a slice in JSON, below `slices`.
/// @throws Error(kInvalidData) naming `where`.
std::size_t slice_from_text(const std::string& text, std::size_t slices, const std::string& where);

/// Reads the content of categories.json.
/// @throws Error(kInvalidData) naming `where`, case and slice.
Categories categories_from_json(const Json& json, const LabelMap& labels, const std::string& where);
/// The content of categories.json; slices after the last one with a label leave no trace in it.
Json categories_to_json(const Categories& categories, const LabelMap& labels);

/// The numbers of the listed slices that a volume of `slices` slices does not have, with commas
/// between them; empty when there are none.
std::string slices_beyond(const SliceCategories& listed, std::size_t slices);

/// Where a slice is listed without a class that is drawn in it: one problem a slice. `drawn` is in
/// the order of the file, as the list is; `where` names the case.
std::vector<Problem> contradictions(const SliceCategories& listed, const SliceCategories& drawn,
                                    const LabelMap& labels, const std::string& where);
/// Lists of cases that the dataset does not have: one problem a case.
std::vector<Problem> lists_of_no_case(const Categories& categories, const Dataset& dataset);

/// The category labels of a dataset; empty without categories.json. @throws Error(kIo), and as
/// categories_from_json.
Categories read_categories(const Dataset& dataset);
void write_categories(const Dataset& dataset, const Categories& categories);

/// The slices of a volume of `depth` slices after `order`; all unknown when the slices are other
/// planes then (order.axis[2] != 2).
SliceCategories reordered(SliceCategories slices, std::int64_t depth, const AxisOrder& order);

/// Classes that occur among the annotated voxels of each slice are present; a slice without any
/// annotated voxel is unknown. The other classes are absent in slices that are annotated as a
/// whole, and in all where `complete_scribbles` says that whoever drew in a slice drew every class
/// of it; else nobody knows.
SliceCategories categories_from_labels(std::span<const std::uint8_t> class_indices,
                                       const Size3& size, std::int64_t class_count,
                                       bool complete_scribbles);

/// A note such as "in 12 of 40 slices with scribbles ...": what it means that a class without a
/// stroke may be there, and how to say that it is not. Empty where `open` is 0.
std::string open_classes_note(std::int64_t open, std::int64_t scribbled);

/// Both kinds of categories in one: what is listed, and what is drawn where that leaves a class
/// open. A drawn class is present, even where a list that contradicts the drawing leaves it out.
SliceCategories merged(const SliceCategories& listed, const SliceCategories& drawn);

}  // namespace medcl
