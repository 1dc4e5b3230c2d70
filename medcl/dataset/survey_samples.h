// SPDX-License-Identifier: Apache-2.0
#pragma once

// What single slices and cases of a training set show, before a survey sums it up.

#include <cstdint>
#include <vector>

#include "medcl/dataset/stroke_planes.h"
#include "medcl/dataset/survey.h"
#include "medcl/image/volume_io.h"

namespace medcl {

struct SurveySamples {
  /// For `classes` foreground classes.
  explicit SurveySamples(std::size_t classes)
      : extent_mm(classes),
        objects(classes),
        object_mm(classes),
        half_width_mm(classes),
        around(classes) {}

  std::vector<double> pixel_mm, pixel_aspect, slice_distance_mm, field_mm, structure_mm, gap_mm,
      far_mm, annotated;
  std::vector<float> drawn_intensities;
  /// By foreground class: of its slices, and the longer side of each of its objects.
  std::vector<std::vector<double>> extent_mm, objects, object_mm, half_width_mm;
  /// By foreground class: of each slice that shows it and another, 1 where it lies around all
  /// others.
  std::vector<std::vector<double>> around;
  DrawnPlanes planes;
};

/// The first channel of a case, in the order of axes of the survey. Counts its slices in `survey`,
/// too.
void look_at_image(const Image& image, Survey& survey, SurveySamples& samples);

/// The labels of a case, class indices and kNotAnnotated, on the grid of its channels. Counts
/// drawn slices in `survey`, too.
void look_at_labels(const std::vector<std::uint8_t>& indices,
                    const std::vector<Loaded<float>>& channels, Survey& survey,
                    SurveySamples& samples);

}  // namespace medcl
