// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/plan_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "medcl/dataset/survey_notes.h"

namespace medcl {
namespace {

constexpr double kAcross = 2.4;  // a crop's side in sides of a large structure
/// Pixels in half the width of the thinnest class, at least. Of structures that fill the image any
/// part shows what they look like, and pixels may stay fine; those that lie somewhere in it need to
/// be seen with what is around them, and thin ones bear coarser pixels for it.
constexpr double kAcrossHalfWhereAllOver = 3, kAcrossHalf = 1.25;
constexpr double kWorthIt = 1.15;  // pixels are made coarser by more than this, or not at all
constexpr std::int64_t kMultiple = 16;
constexpr std::int64_t kSmallestCrop = 32, kLargestCrop = 144, kLargestGpuCrop = 256;
constexpr double kStepsWanted = 500;
/// Of one thread, a step of the U-Net of width 16 with a batch of 8 at a side of 80 pixels.
constexpr double kSecondsPerStep = 0.7;

std::int64_t rounded_up(double pixels) {
  return kMultiple * static_cast<std::int64_t>(std::ceil(pixels / kMultiple - 1e-9));
}

std::int64_t rounded(double pixels) { return kMultiple * std::llround(pixels / kMultiple); }

/// The largest side at which the time suffices for kStepsWanted: a step costs its area.
std::int64_t affordable_side(const PlanSurroundings& around, double time_s) {
  if (around.gpu) return kLargestGpuCrop;
  const double threads = static_cast<double>(std::clamp<std::int64_t>(around.threads, 1, 8));
  const double per_step_s = around.step_cost * kSecondsPerStep / std::pow(threads, 0.9);
  const double side = 80 * std::sqrt(time_s / (kStepsWanted * per_step_s));
  const auto whole = kMultiple * static_cast<std::int64_t>(side / kMultiple);
  return std::clamp<std::int64_t>(whole, 4 * kMultiple, kLargestCrop);
}

PlannedGrid grid_of(const Survey& survey, std::int64_t affordable) {
  PlannedGrid grid;
  const double wanted_mm = has_many_objects(survey) || survey.large_structure_mm == 0
                               ? survey.field_mm
                               : kAcross * large_structure_mm(survey);
  grid.crop_mm = std::min(wanted_mm, survey.field_mm);
  const double coarse_mm = grid.crop_mm / static_cast<double>(affordable);
  const double across_half = wanted_mm > survey.field_mm ? kAcrossHalfWhereAllOver : kAcrossHalf;
  // Single objects among many need their pixels more than the crop needs the whole field.
  const double most_mm = has_many_objects(survey)
                             ? kAcross * object_mm(survey) / static_cast<double>(affordable)
                             : least_half_width_mm(survey) / across_half;
  const double pixel_mm = std::max(std::min(coarse_mm, most_mm), survey.pixel_mm);
  const bool coarser = pixel_mm > kWorthIt * survey.pixel_mm;
  grid.pixel_mm = coarser ? pixel_mm : 0;
  const double taken_mm = coarser ? pixel_mm : survey.pixel_mm;
  // Of an image that a crop holds as a whole, a narrow margin may be missing.
  const double pixels = grid.crop_mm / taken_mm;
  const std::int64_t side = wanted_mm > survey.field_mm ? rounded(pixels) : rounded_up(pixels);
  grid.side = std::max(std::min(side, affordable), kSmallestCrop);
  return grid;
}

/// The largest side that the time and the memory allow and that the network takes; a given one.
std::int64_t largest_side(const PlanSurroundings& around, double time_s) {
  if (around.crop_size > 0) return around.crop_size;
  std::int64_t side = affordable_side(around, time_s);
  if (around.most_side > 0) side = std::min(side, around.most_side);
  const std::int64_t multiple = std::lcm(kMultiple, around.multiple);
  return std::max(side / multiple, std::int64_t{1}) * multiple;
}

}  // namespace

double large_structure_mm(const Survey& survey) {
  return survey.large_structure_mm + survey.background_gap_mm;
}

double object_mm(const Survey& survey) {
  if (survey.classes.empty()) return 0;
  return std::ranges::max_element(survey.classes, {}, &ClassSurvey::objects)->object_mm;
}

double least_half_width_mm(const Survey& survey) {
  double least_mm = std::numeric_limits<double>::infinity();
  for (const ClassSurvey& one : survey.classes) {
    if (one.half_width_mm > 0) least_mm = std::min(least_mm, one.half_width_mm);
  }
  return least_mm;
}

PlannedGrid planned_grid(const Survey& survey, const PlanSurroundings& around, double time_s) {
  const std::int64_t largest = largest_side(around, time_s);
  PlannedGrid grid = grid_of(survey, largest);
  if (around.spacing_mm) {
    grid.pixel_mm = *around.spacing_mm;
    const double pixel_mm = grid.pixel_mm > 0 ? grid.pixel_mm : survey.pixel_mm;
    grid.side = std::min(rounded_up(grid.crop_mm / pixel_mm), largest);
  } else if (grid.pixel_mm == 0 && (has_mixed_pixels(survey) || has_oblong_pixels(survey))) {
    grid.pixel_mm = survey.pixel_mm;
  }
  if (around.crop_size > 0) {
    grid.side = around.crop_size;
  } else {
    const std::int64_t multiple = std::lcm(kMultiple, around.multiple);
    grid.side = (std::max(grid.side, kSmallestCrop) + multiple - 1) / multiple * multiple;
  }
  return grid;
}

}  // namespace medcl
