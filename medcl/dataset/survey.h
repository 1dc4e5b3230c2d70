// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the images and the strokes of a training set look like, as far as the choice of a network's
// input depends on it: the size of what is to be found, how it was drawn, and the grid it lies on.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "medcl/dataset/case_store.h"
#include "medcl/dataset/dataset.h"
#include "medcl/dataset/units.h"

namespace medcl {

/// One foreground class, over the slices that show a stroke of it.
struct ClassSurvey {
  std::string name;
  std::int64_t slices = 0;
  double extent_mm = 0;      ///< median of the longer side of the box around its strokes in a slice
  double objects = 0;        ///< median number that its strokes mark in a slice (stroke_objects.h)
  double object_mm = 0;      ///< median of the longer side of the box around one of them
  double half_width_mm = 0;  ///< median (class_width.h); 0: unknown
  /// Of the slices with a stroke of another class too, those in which its strokes lie around all of
  /// the others and span half as much again.
  double around_share = 0;
};

struct Survey {
  std::int64_t cases = 0, labelled = 0;       ///< training cases, and those with labels
  std::int64_t looked_at = 0;                 ///< of the labelled ones
  std::int64_t dense = 0;                     ///< of these, those without a voxel left open
  std::int64_t slices = 0, drawn_slices = 0;  ///< of the cases that were read
  std::int64_t dense_slices = 0;  ///< of the drawn ones, those without a pixel left open
  std::int64_t channels = 1;
  std::int64_t most_voxels = 0;  ///< of a channel, of the cases that were read
  std::string orientation;       ///< in which slices are counted: "array" or axis codes
  bool pictures = false;         ///< every case is one slice
  Units units;  ///< pixels where no case says how large they are; 1 is called 1 mm then
  /// Of the plane in which strokes lie, where it is not that of the slices (stroke_planes.h).
  std::string drawn_orientation;
  double pixel_mm = 1;                           ///< median in-plane spacing
  double least_pixel_mm = 1, most_pixel_mm = 1;  ///< of all cases read
  double pixel_aspect = 1;       ///< median ratio of the longer to the shorter side of a pixel
  double slice_distance_mm = 1;  ///< median
  double field_mm = 0;           ///< median of the longer side of a slice
  /// By the first channel: of the cases that were read, those whose intensities look like
  /// Hounsfield units, those that have none below 0, as no CT has, and those in which all are the
  /// same.
  std::int64_t hounsfield = 0, unsigned_intensities = 0, constant = 0;
  /// Of the first channel under foreground strokes: 99 of 100 values lie between. Equal: unknown.
  double drawn_low = 0, drawn_high = 0;

  /// Of slices with foreground strokes: the longer side of the box around all of them, its median
  /// and the value below which nine tenths lie.
  double structure_mm = 0, large_structure_mm = 0;
  double background_gap_mm = 0;      ///< from the foreground's strokes to the nearest of the
                                     ///< background, the median of the slices
  double background_far_mm = 0;      ///< nine tenths of the background strokes are nearer to it
  double annotated_share = 0;        ///< of the pixels of drawn slices
  std::vector<ClassSurvey> classes;  ///< of the foreground
};

/// Looks at the training cases `ids`. Of more than `kSurveyedCases` labelled or unlabelled ones, at
/// that many of each, evenly chosen. `settled`: the order of axes, and which matrix to trust.
/// @throws Error as read_case, with the name of the case.
Survey survey_of(const Dataset& dataset, const std::vector<std::string>& ids,
                 const PrepareOptions& settled,
                 const std::function<void(std::int64_t, std::int64_t)>& progress = {});

inline constexpr std::size_t kSurveyedCases = 20;

}  // namespace medcl
