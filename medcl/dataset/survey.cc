// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/core/evenly_chosen.h"
#include "medcl/core/percentile.h"
#include "medcl/dataset/case_store.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/read_case.h"
#include "medcl/image/components.h"
#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

/// Longer side of the box around marked pixels; 0 without any.
class Extent {
 public:
  void add(std::int64_t x, std::int64_t y) {
    left_ = std::min(left_, x);
    right_ = std::max(right_, x);
    top_ = std::min(top_, y);
    bottom_ = std::max(bottom_, y);
  }
  [[nodiscard]] double longer_side_mm(const Point3& spacing_mm) const {
    if (right_ < left_) return 0;
    return std::max(static_cast<double>(right_ - left_ + 1) * spacing_mm[0],
                    static_cast<double>(bottom_ - top_ + 1) * spacing_mm[1]);
  }

 private:
  std::int64_t left_ = std::numeric_limits<std::int64_t>::max(), right_ = -1;
  std::int64_t top_ = std::numeric_limits<std::int64_t>::max(), bottom_ = -1;
};

/// Values of single slices and cases, before they become medians.
struct Samples {
  std::vector<double> pixel_mm, slice_distance_mm, field_mm, structure_mm, gap_mm, far_mm,
      annotated;
  std::vector<std::vector<double>> extent_mm, pieces;  ///< by foreground class
};

double median_of(const std::vector<double>& values) {
  return values.empty() ? 0 : percentile(values, 50);
}

struct Plane {
  std::span<const std::uint8_t> indices;
  Size3 size{};  ///< of one slice
  Point3 spacing_mm{};
};

void look_at_class(const Plane& plane, std::uint8_t index, std::size_t k, Samples& samples) {
  std::vector<std::uint8_t> mask(plane.indices.size());
  Extent extent;
  for (std::size_t p = 0; p < mask.size(); ++p) {
    if (plane.indices[p] != index) continue;
    mask[p] = 1;
    const auto place = static_cast<std::int64_t>(p);
    extent.add(place % plane.size[0], place / plane.size[0]);
  }
  samples.extent_mm[k].push_back(extent.longer_side_mm(plane.spacing_mm));
  const auto count = connected_components(mask, plane.size).voxel_counts.size();
  samples.pieces[k].push_back(static_cast<double>(count));
}

/// Distances of the background strokes of a slice from its foreground strokes.
void look_at_background(const Plane& plane, Samples& samples) {
  std::vector<std::uint8_t> foreground(plane.indices.size());
  for (std::size_t p = 0; p < foreground.size(); ++p) {
    foreground[p] = plane.indices[p] != 0 && plane.indices[p] != kNotAnnotated ? 1 : 0;
  }
  const auto distance_mm = distance_transform_mm(foreground, plane.size, plane.spacing_mm);
  double nearest_mm = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < foreground.size(); ++p) {
    if (plane.indices[p] != 0) continue;
    samples.far_mm.push_back(distance_mm[p]);
    nearest_mm = std::min(nearest_mm, distance_mm[p]);
  }
  if (std::isfinite(nearest_mm)) samples.gap_mm.push_back(nearest_mm);
}

/// False for a slice in which nobody drew.
bool look_at_plane(const Plane& plane, bool dense, Samples& samples) {
  Extent all;
  std::int64_t annotated = 0;
  std::array<bool, 256> shown{};
  for (std::size_t p = 0; p < plane.indices.size(); ++p) {
    const std::uint8_t index = plane.indices[p];
    if (index == kNotAnnotated) continue;
    ++annotated;
    shown[index] = true;
    const auto place = static_cast<std::int64_t>(p);
    if (index != 0) all.add(place % plane.size[0], place / plane.size[0]);
  }
  if (annotated == 0) return false;
  samples.annotated.push_back(static_cast<double>(annotated) /
                              static_cast<double>(plane.indices.size()));
  const double side_mm = all.longer_side_mm(plane.spacing_mm);
  if (side_mm == 0) return true;
  samples.structure_mm.push_back(side_mm);
  for (std::size_t k = 0; k < samples.pieces.size(); ++k) {
    if (shown[k + 1]) look_at_class(plane, static_cast<std::uint8_t>(k + 1), k, samples);
  }
  if (!dense) look_at_background(plane, samples);
  return true;
}

void look_at_labels(const std::vector<std::uint8_t>& indices, const Geometry& geometry,
                    Survey& survey, Samples& samples) {
  const bool dense = std::find(indices.begin(), indices.end(), kNotAnnotated) == indices.end();
  survey.dense += dense ? 1 : 0;
  const auto area = static_cast<std::size_t>(geometry.size[0] * geometry.size[1]);
  for (std::int64_t k = 0; k < geometry.size[2]; ++k) {
    const Plane plane{std::span(indices).subspan(static_cast<std::size_t>(k) * area, area),
                      {geometry.size[0], geometry.size[1], 1},
                      geometry.spacing_mm()};
    survey.drawn_slices += look_at_plane(plane, dense, samples) ? 1 : 0;
  }
}

void look_at_image(const std::vector<Loaded<float>>& channels, const Geometry& geometry,
                   Survey& survey, Samples& samples) {
  const Point3 spacing_mm = geometry.spacing_mm();
  samples.pixel_mm.push_back(std::sqrt(spacing_mm[0] * spacing_mm[1]));
  samples.slice_distance_mm.push_back(spacing_mm[2]);
  samples.field_mm.push_back(std::max(static_cast<double>(geometry.size[0]) * spacing_mm[0],
                                      static_cast<double>(geometry.size[1]) * spacing_mm[1]));
  survey.slices += geometry.size[2];
  survey.pictures &= geometry.size[2] == 1;
  for (const Loaded<float>& channel : channels) {
    for (const float value : channel.volume.voxels) {
      survey.whole_numbers &= value == std::floor(value);
    }
  }
  const auto [least, most] = std::ranges::minmax_element(channels.front().volume.voxels);
  survey.least_intensity = std::min(survey.least_intensity, static_cast<double>(*least));
  survey.most_intensity = std::max(survey.most_intensity, static_cast<double>(*most));
}

void conclude(const Dataset& dataset, const Samples& samples, Survey& survey) {
  survey.pixel_mm = median_of(samples.pixel_mm);
  survey.slice_distance_mm = median_of(samples.slice_distance_mm);
  survey.field_mm = median_of(samples.field_mm);
  survey.structure_mm = median_of(samples.structure_mm);
  survey.background_gap_mm = median_of(samples.gap_mm);
  survey.annotated_share = median_of(samples.annotated);
  if (!samples.structure_mm.empty()) {
    survey.large_structure_mm = percentile(samples.structure_mm, 90);
  }
  if (!samples.far_mm.empty()) survey.background_far_mm = percentile(samples.far_mm, 90);
  for (std::size_t k = 0; k < samples.pieces.size(); ++k) {
    survey.classes.push_back({.name = dataset.labels.classes[k + 1].name,
                              .slices = static_cast<std::int64_t>(samples.pieces[k].size()),
                              .extent_mm = median_of(samples.extent_mm[k]),
                              .pieces = median_of(samples.pieces[k])});
  }
}

}  // namespace

Survey survey_of(const Dataset& dataset, const std::vector<std::string>& ids,
                 const std::string& orientation,
                 const std::function<void(std::int64_t, std::int64_t)>& progress) {
  std::vector<const Case*> labelled, unlabelled;
  for (const std::string& id : ids) {
    const Case* one = dataset.find(id);
    check(one != nullptr, "the training cases are cases of the dataset");
    (one->labels ? labelled : unlabelled).push_back(one);
  }
  Survey survey{.cases = static_cast<std::int64_t>(ids.size()),
                .labelled = static_cast<std::int64_t>(labelled.size()),
                .channels = static_cast<std::int64_t>(dataset.channel_names.size()),
                .orientation = orientation,
                .pictures = true,
                .least_intensity = std::numeric_limits<double>::infinity(),
                .most_intensity = -std::numeric_limits<double>::infinity()};
  Samples samples;
  const auto m = static_cast<std::size_t>(dataset.labels.foreground_count());
  samples.extent_mm.resize(m);
  samples.pieces.resize(m);
  std::vector<const Case*> read = evenly_chosen(labelled, kSurveyedCases);
  for (const Case* one : evenly_chosen(unlabelled, kSurveyedCases)) read.push_back(one);
  PrepareOptions prepare;
  prepare.orientation = orientation;
  std::int64_t done = 0;
  for (const Case* one : read) {
    const CaseVolumes volumes = read_case(*one, dataset);
    const Geometry& stored = volumes.channels.front().volume.geometry;
    const AxisOrder order = prepared_order(stored, prepare);
    const Geometry geometry = reordered(stored, order);
    look_at_image(volumes.channels, geometry, survey, samples);
    if (one->labels) {
      look_at_labels(
          reordered(std::span<const std::uint8_t>(volumes.class_indices), stored.size, order),
          geometry, survey, samples);
    }
    if (progress) progress(++done, static_cast<std::int64_t>(read.size()));
  }
  conclude(dataset, samples, survey);
  return survey;
}

}  // namespace medcl
