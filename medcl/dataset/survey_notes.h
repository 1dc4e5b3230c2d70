// SPDX-License-Identifier: Apache-2.0
#pragma once

// A survey in words: what was found, and what a person should change before it is learned from.

#include <string>
#include <vector>

#include "medcl/dataset/survey.h"

namespace medcl {

/// "7 training cases: 5 with labels, none of them dense; 40 of 200 slices drawn".
std::string drawn_text(const Survey& survey);
/// "organ 40, vessel 32": in how many slices each class was drawn; of many classes only the least
/// and the most often drawn.
std::string classes_text(const Survey& survey);
/// Masks of volumes or of single slices, and no strokes.
bool has_only_masks(const Survey& survey);
/// Pixels whose sides differ by less than this factor are alike.
inline constexpr double kAlikePixels = 1.15;
bool has_mixed_pixels(const Survey& survey);   ///< they differ between cases
bool has_oblong_pixels(const Survey& survey);  ///< one side is longer than the other
/// Some scans are CT, by their intensities, and some cannot be.
bool has_mixed_kinds(const Survey& survey);
/// More of a class in a slice than this are many.
inline constexpr double kFewObjects = 4;
bool has_many_objects(const Survey& survey);  ///< of some class, in most of its slices
/// "0.74 mm", "0.5 to 2 mm", "1 x 0.5 mm"; px where these are no mm, as in all texts.
std::string acquired_pixels_text(const Survey& survey);
/// "85 mm across, up to 108 mm"; of many objects "nucleus: some 25 in a slice, 22 px each"; "not
/// drawn".
std::string structures_text(const Survey& survey);
/// How near to a structure background is best drawn, in mm.
double near_mm(const Survey& survey);
/// One line each, with what to do: nobody drew, or not a class, or no background, or background too
/// far from the borders, or in another plane than that of the slices; images of one value, or of
/// several kinds of scans.
std::vector<std::string> survey_warnings(const Survey& survey);

}  // namespace medcl
