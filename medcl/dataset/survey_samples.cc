// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey_samples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "medcl/core/evenly_chosen.h"
#include "medcl/dataset/class_width.h"
#include "medcl/dataset/label_map.h"
#include "medcl/dataset/marked_box.h"
#include "medcl/dataset/orientation.h"
#include "medcl/dataset/stroke_objects.h"
#include "medcl/image/distance_transform.h"

namespace medcl {
namespace {

constexpr std::size_t kMeasuredSlices = 8;     // of a case
constexpr std::size_t kMeasuredPixels = 1000;  // of a slice
constexpr double kAroundShare = 1.5;           // of the area of the box around all others
constexpr float kHounsfieldAir = -900, kHounsfieldMost = 5000;

struct Plane {
  std::span<const std::uint8_t> indices;
  Size3 size{};  ///< of one slice
  Point3 spacing_mm{};
  std::vector<std::span<const float>> channels_hw{};
};

MarkedBox box_around(const Plane& plane, std::uint8_t index) {
  MarkedBox box;
  for (std::size_t p = 0; p < plane.indices.size(); ++p) {
    const auto place = static_cast<std::int64_t>(p);
    if (plane.indices[p] == index) box.add(place % plane.size[0], place / plane.size[0]);
  }
  return box;
}

void look_at_class(const Plane& plane, std::uint8_t index, std::size_t k, SurveySamples& samples) {
  const MarkedBox extent = box_around(plane, index);
  samples.extent_mm[k].push_back(extent.longer_side_mm(plane.spacing_mm));
  const PlaneSize size{plane.size[0], plane.size[1]};
  const auto objects = marked_objects(plane.indices, size, index, plane.channels_hw);
  samples.objects[k].push_back(static_cast<double>(objects.size()));
  for (const MarkedBox& one : objects) {
    samples.object_mm[k].push_back(one.longer_side_mm(plane.spacing_mm));
  }
}

/// `shown`: by class index, whether the slice shows it.
void look_at_surroundings(const Plane& plane, const std::array<bool, 256>& shown,
                          SurveySamples& samples) {
  std::vector<std::pair<std::size_t, MarkedBox>> boxes;
  for (std::size_t k = 0; k < samples.around.size(); ++k) {
    const auto index = static_cast<std::uint8_t>(k + 1);
    if (shown[index]) boxes.emplace_back(k, box_around(plane, index));
  }
  if (boxes.size() < 2) return;
  for (const auto& [k, box] : boxes) {
    MarkedBox others;
    for (const auto& [other, of_other] : boxes) {
      if (other != k) others.add(of_other);
    }
    const bool around = box.contains(others) &&
                        static_cast<double>(box.width() * box.height()) >=
                            kAroundShare * static_cast<double>(others.width() * others.height());
    samples.around[k].push_back(around ? 1 : 0);
  }
}

/// The pixels around everything that was drawn.
struct DrawnBox {
  std::vector<std::uint8_t> indices;
  Size3 size{};
};

DrawnBox drawn_box(const Plane& plane, const MarkedBox& drawn) {
  const Size3 size{drawn.width(), drawn.height(), 1};
  DrawnBox box{.indices = {}, .size = size};
  box.indices.reserve(static_cast<std::size_t>(size[0] * size[1]));
  for (std::int64_t y = 0; y < size[1]; ++y) {
    const auto row = plane.indices.subspan(
        static_cast<std::size_t>((drawn.top() + y) * plane.size[0] + drawn.left()),
        static_cast<std::size_t>(size[0]));
    box.indices.insert(box.indices.end(), row.begin(), row.end());
  }
  return box;
}

/// Distances of the background strokes of a slice from its foreground strokes.
void look_at_background(const DrawnBox& box, const Point3& spacing_mm, SurveySamples& samples) {
  std::vector<std::uint8_t> foreground(box.indices.size());
  for (std::size_t p = 0; p < foreground.size(); ++p) {
    foreground[p] = box.indices[p] != 0 && box.indices[p] != kNotAnnotated ? 1 : 0;
  }
  const auto distance_mm = distance_transform_mm(foreground, box.size, spacing_mm);
  double nearest_mm = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < foreground.size(); ++p) {
    if (box.indices[p] != 0) continue;
    samples.far_mm.push_back(distance_mm[p]);
    nearest_mm = std::min(nearest_mm, distance_mm[p]);
  }
  if (std::isfinite(nearest_mm)) samples.gap_mm.push_back(nearest_mm);
}

/// The box of what was drawn; nothing for a slice in which nobody drew.
std::optional<MarkedBox> look_at_plane(const Plane& plane, Survey& survey, SurveySamples& samples) {
  MarkedBox foreground, drawn;
  std::int64_t annotated = 0;
  std::array<bool, 256> shown{};
  for (std::size_t p = 0; p < plane.indices.size(); ++p) {
    const std::uint8_t index = plane.indices[p];
    if (index == kNotAnnotated) continue;
    ++annotated;
    shown[index] = true;
    const auto place = static_cast<std::int64_t>(p);
    drawn.add(place % plane.size[0], place / plane.size[0]);
    if (index != 0) foreground.add(place % plane.size[0], place / plane.size[0]);
  }
  if (annotated == 0) return std::nullopt;
  const bool is_dense = annotated == std::ssize(plane.indices);
  ++survey.drawn_slices;
  survey.dense_slices += is_dense ? 1 : 0;
  samples.annotated.push_back(static_cast<double>(annotated) /
                              static_cast<double>(plane.indices.size()));
  const double side_mm = foreground.longer_side_mm(plane.spacing_mm);
  if (side_mm == 0) return drawn;
  samples.structure_mm.push_back(side_mm);
  for (std::size_t k = 0; k < samples.objects.size(); ++k) {
    if (shown[k + 1]) look_at_class(plane, static_cast<std::uint8_t>(k + 1), k, samples);
  }
  look_at_surroundings(plane, shown, samples);
  if (!is_dense) look_at_background(drawn_box(plane, drawn), plane.spacing_mm, samples);
  return drawn;
}

/// Some of the intensities under the foreground's strokes of a slice.
void look_at_intensities(const Plane& plane, SurveySamples& samples) {
  std::vector<float> drawn;
  for (std::size_t p = 0; p < plane.indices.size(); ++p) {
    if (plane.indices[p] == 0 || plane.indices[p] == kNotAnnotated) continue;
    drawn.push_back(plane.channels_hw.front()[p]);
  }
  drawn = evenly_chosen(drawn, kMeasuredPixels);
  samples.drawn_intensities.insert(samples.drawn_intensities.end(), drawn.begin(), drawn.end());
}

/// The widths of all classes in a slice in which somebody drew.
void look_at_widths(const Plane& plane, const MarkedBox& marked, SurveySamples& samples) {
  const bool dense = std::ranges::find(plane.indices, kNotAnnotated) == plane.indices.end();
  const DrawnBox box = drawn_box(plane, marked);
  for (std::size_t k = 0; k < samples.half_width_mm.size(); ++k) {
    const auto index = static_cast<std::uint8_t>(k + 1);
    if (std::ranges::find(box.indices, index) == box.indices.end()) continue;
    const auto half = half_width_mm(box.indices, box.size, plane.spacing_mm, index, dense);
    if (half) samples.half_width_mm[k].push_back(*half);
  }
}

}  // namespace

void look_at_labels(const std::vector<std::uint8_t>& indices,
                    const std::vector<Loaded<float>>& channels, Survey& survey,
                    SurveySamples& samples) {
  const bool dense = std::ranges::find(indices, kNotAnnotated) == indices.end();
  ++survey.looked_at;
  survey.dense += dense ? 1 : 0;
  const Geometry& geometry = channels.front().volume.geometry;
  samples.planes.add(indices, geometry.size);
  const auto area = static_cast<std::size_t>(geometry.size[0] * geometry.size[1]);
  std::vector<std::pair<Plane, MarkedBox>> drawn;
  for (std::int64_t k = 0; k < geometry.size[2]; ++k) {
    Plane plane{std::span(indices).subspan(static_cast<std::size_t>(k) * area, area),
                {geometry.size[0], geometry.size[1], 1},
                geometry.spacing_mm()};
    for (const auto& channel : channels) plane.channels_hw.push_back(channel.volume.slice(k));
    if (const auto marked = look_at_plane(plane, survey, samples))
      drawn.emplace_back(plane, *marked);
  }
  for (const auto& [plane, marked] : evenly_chosen(drawn, kMeasuredSlices)) {
    look_at_widths(plane, marked, samples);
    look_at_intensities(plane, samples);
  }
  if (const auto axis = samples.planes.other_axis()) {
    survey.drawn_orientation = orientation_across(nearest_world_axes(geometry)[*axis]);
  } else {
    survey.drawn_orientation.clear();
  }
}

void look_at_image(const Image& image, Survey& survey, SurveySamples& samples) {
  const Geometry& geometry = image.geometry;
  const Point3 spacing_mm = geometry.spacing_mm();
  const double pixel_mm = std::sqrt(spacing_mm[0] * spacing_mm[1]);
  samples.pixel_mm.push_back(pixel_mm);
  samples.pixel_aspect.push_back(std::max(spacing_mm[0], spacing_mm[1]) /
                                 std::min(spacing_mm[0], spacing_mm[1]));
  samples.slice_distance_mm.push_back(spacing_mm[2]);
  samples.field_mm.push_back(std::max(static_cast<double>(geometry.size[0]) * spacing_mm[0],
                                      static_cast<double>(geometry.size[1]) * spacing_mm[1]));
  survey.slices += geometry.size[2];
  survey.most_voxels = std::max(survey.most_voxels, std::ssize(image.voxels));
  survey.pictures &= geometry.size[2] == 1;
  const auto [least, most] = std::ranges::minmax_element(image.voxels);
  survey.hounsfield += *least <= kHounsfieldAir && *most >= 0 && *most <= kHounsfieldMost ? 1 : 0;
  survey.unsigned_intensities += *least >= 0 ? 1 : 0;
  survey.constant += *least == *most ? 1 : 0;
}

}  // namespace medcl
