// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of a plan (plan.h) that says what a network sees at once: a crop of how many pixels, and
// how large these are.

#include <cstdint>

#include "medcl/dataset/plan.h"
#include "medcl/dataset/survey.h"

namespace medcl {

struct PlannedGrid {
  std::int64_t side = 0;  ///< of the crop, in pixels
  double pixel_mm = 0;    ///< 0: as acquired
  double crop_mm = 0;     ///< what a crop should hold
};

/// With what is given of it, and on which pixels are alike, for a training of `time_s`.
PlannedGrid planned_grid(const Survey& survey, const PlanSurroundings& around, double time_s);

/// Strokes keep inside of what they mark: half of what is left open up to the background's strokes
/// belongs to it on either side.
double large_structure_mm(const Survey& survey);

/// The longer side of an object of the class that a slice shows the most objects of; 0: unknown.
double object_mm(const Survey& survey);

/// Half the width of the thinnest class; infinite where nothing tells it.
double least_half_width_mm(const Survey& survey);

}  // namespace medcl
