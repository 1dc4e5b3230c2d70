// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey_notes.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "medcl/core/formatted.h"
#include "medcl/core/shell_word.h"

namespace medcl {
namespace {

// Shares of the side of a structure.
constexpr double kFarStrokes = 0.25, kNearStrokes = 0.1;
constexpr std::size_t kNamedClasses = 6;

std::string counted(std::int64_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string length_text(const Survey& survey, double mm) {
  return formatted(mm < 10 ? "%.2g %s" : "%.0f %s", mm, survey.units.length().c_str());
}

/// The class of which a slice shows the most objects. At least one class is there.
const ClassSurvey& most_numerous(const Survey& survey) {
  return *std::ranges::max_element(survey.classes, {}, &ClassSurvey::objects);
}

/// Of what a border is drawn around: all structures together, or one of many objects.
double drawn_size_mm(const Survey& survey) {
  return has_many_objects(survey) ? most_numerous(survey).object_mm : survey.structure_mm;
}

std::string undrawn_classes(const Survey& survey) {
  std::string names;
  for (const ClassSurvey& one : survey.classes) {
    if (one.slices == 0) names += (names.empty() ? "" : ", ") + one.name;
  }
  return names;
}

/// Background may have been drawn with a value of its own.
std::string likely_background_text(const Survey& survey) {
  constexpr double kMostSlices = 0.8;
  const ClassSurvey& one =
      *std::ranges::max_element(survey.classes, {}, &ClassSurvey::around_share);
  if (one.around_share < kMostSlices) return "";
  return ". Or is \"" + one.name +
         "\" the background? Its strokes lie around all others; then: medcl relabel DATASET -o "
         "NEW --map " +
         shell_word(one.name + "=background");
}

/// Some scans in Hounsfield units, and others of which no CT can be.
std::string mixed_kinds_warning(const Survey& survey) {
  if (!has_mixed_kinds(survey)) return "";
  return "intensities of " + counted(survey.hounsfield, "case", "cases") +
         " look like Hounsfield units (CT), of " + std::to_string(survey.unsigned_intensities) +
         " they do not: if these are kinds of scans, a dataset for each is learned better";
}

/// Empty where strokes of the background are near enough, or labels are masks.
std::string background_warning(const Survey& survey) {
  if (has_only_masks(survey) || survey.structure_mm == 0) return "";
  const std::string advice = "within " + length_text(survey, near_mm(survey)) + " of the border";
  if (survey.background_gap_mm == 0) {
    return "nobody drew background: nothing says where structures end. Draw it around them, " +
           advice + likely_background_text(survey);
  }
  const double size_mm = drawn_size_mm(survey);
  const double far_mm = has_many_objects(survey) ? size_mm : kFarStrokes * size_mm;
  if (survey.background_gap_mm <= far_mm) return "";
  return "background strokes keep " + length_text(survey, survey.background_gap_mm) +
         " away from those of the structures, which are " + length_text(survey, size_mm) +
         " across: between them the border is a guess, and structures become too large. Draw "
         "background nearer, " +
         advice;
}

}  // namespace

std::string drawn_text(const Survey& survey) {
  std::string text = counted(survey.cases, "training case", "training cases") + ": " +
                     std::to_string(survey.labelled) + " with labels";
  if (survey.looked_at > 0) {
    text += survey.dense == 0 && has_only_masks(survey) ? " (masks of these slices)"
            : survey.dense == 0                         ? " (scribbles)"
            : survey.dense == survey.looked_at          ? " (dense masks)"
                                                        : " (scribbles and dense masks)";
  }
  return text + "; " + std::to_string(survey.drawn_slices) + " of " +
         counted(survey.slices, "slice", "slices") + " drawn";
}

std::string classes_text(const Survey& survey) {
  const auto text = [](const ClassSurvey& one) {
    const bool numbered = std::isdigit(static_cast<unsigned char>(one.name.back())) != 0;
    return one.name + (numbered ? ": " : " ") + std::to_string(one.slices);
  };
  if (survey.classes.size() > kNamedClasses) {
    const auto [least, most] = std::ranges::minmax(survey.classes, {}, &ClassSurvey::slices);
    const std::string count = std::to_string(survey.classes.size()) + " classes, ";
    if (least.slices == most.slices) return count + std::to_string(most.slices) + " each";
    return count + "from " + text(least) + " to " + text(most);
  }
  std::string all;
  for (const ClassSurvey& one : survey.classes) all += (all.empty() ? "" : ", ") + text(one);
  return all;
}

bool has_mixed_pixels(const Survey& survey) {
  return survey.most_pixel_mm > kAlikePixels * survey.least_pixel_mm;
}

bool has_oblong_pixels(const Survey& survey) { return survey.pixel_aspect > kAlikePixels; }

bool has_only_masks(const Survey& survey) {
  return survey.drawn_slices > 0 && survey.dense_slices == survey.drawn_slices;
}

bool has_mixed_kinds(const Survey& survey) {
  return survey.hounsfield > 0 && survey.unsigned_intensities > 0;
}

bool has_many_objects(const Survey& survey) {
  return !survey.classes.empty() && most_numerous(survey).objects > kFewObjects;
}

std::string acquired_pixels_text(const Survey& survey) {
  const std::string unit = survey.units.length();
  if (has_mixed_pixels(survey)) {
    return formatted("%.3g to %.3g %s", survey.least_pixel_mm, survey.most_pixel_mm, unit.c_str());
  }
  if (!has_oblong_pixels(survey)) return formatted("%.3g %s", survey.pixel_mm, unit.c_str());
  const double root = std::sqrt(survey.pixel_aspect);
  return formatted("%.3g x %.3g %s", survey.pixel_mm * root, survey.pixel_mm / root, unit.c_str());
}

std::string structures_text(const Survey& survey) {
  if (survey.structure_mm == 0) return "not drawn";
  const std::string unit = survey.units.length();
  if (has_many_objects(survey)) {
    const ClassSurvey& one = most_numerous(survey);
    return one.name + formatted(": some %.0f in a slice, %.0f %s each", one.objects, one.object_mm,
                                unit.c_str());
  }
  return formatted("%.0f %s across, up to %.0f %s", survey.structure_mm, unit.c_str(),
                   survey.large_structure_mm, unit.c_str());
}

double near_mm(const Survey& survey) {
  return std::max(survey.pixel_mm, kNearStrokes * drawn_size_mm(survey));
}

std::vector<std::string> survey_warnings(const Survey& survey) {
  std::vector<std::string> warnings;
  if (survey.drawn_slices == 0) {
    return {
        "nobody has drawn in the training cases: this plan rests on the size of the images "
        "alone. Draw each class and the background in some slices, then plan again"};
  }
  if (const std::string names = undrawn_classes(survey); !names.empty()) {
    warnings.push_back("in no case that was looked at: " + names +
                       ". A network cannot learn what nobody drew");
  }
  if (!survey.drawn_orientation.empty()) {
    warnings.push_back(
        "strokes lie in another plane than the slices (" + survey.orientation +
        "), which they cross as dots: draw in these slices, or take the plane of the strokes "
        "with --set prepare.orientation=" +
        survey.drawn_orientation);
  }
  if (survey.constant > 0) {
    warnings.push_back("in " + counted(survey.constant, "case", "cases") +
                       " the image holds one value everywhere: there is nothing to learn from it");
  }
  for (const std::string& text : {background_warning(survey), mixed_kinds_warning(survey)}) {
    if (!text.empty()) warnings.push_back(text);
  }
  return warnings;
}

}  // namespace medcl
