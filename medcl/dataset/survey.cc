// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/survey.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/evenly_chosen.h"
#include "medcl/core/percentile.h"
#include "medcl/dataset/read_case.h"
#include "medcl/dataset/survey_samples.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

bool has_physical_size(const Loaded<float>& image) {
  return std::ranges::none_of(image.findings,
                              [](const Finding& one) { return one.id == kNoPhysicalSize; });
}

double median_of(const std::vector<double>& values) {
  return values.empty() ? 0 : percentile(values, 50);
}

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::pair<double, double> extremes_of(const std::vector<double>& values) {
  const auto [least, most] = std::ranges::minmax(values);
  return {least, most};
}

/// Labels are read first: while they are, they take as much memory as an image.
void look_at_case(const Case& one, const Dataset& dataset, const PrepareOptions& settled,
                  Survey& survey, SurveySamples& samples) {
  std::vector<std::uint8_t> indices;
  if (one.labels) {
    const Geometry grid =
        read_geometry(one.images.front(), {.assume = settled.assume, .limits = {}});
    indices = read_labels_of_case(one, dataset, grid, settled.assume);
  }
  std::vector<Loaded<float>> channels = read_channels_of_case(one, dataset, settled.assume);
  const Geometry stored = channels.front().volume.geometry;
  const AxisOrder order = prepared_order(stored, settled);
  for (Loaded<float>& channel : channels) reorder(channel.volume, order);
  survey.units.pixels &= !has_physical_size(channels.front());
  look_at_image(channels.front().volume, survey, samples);
  if (!one.labels) return;
  if (!order.is_identity()) {
    indices = reordered(std::span<const std::uint8_t>(indices), stored.size, order);
  }
  look_at_labels(indices, channels, survey, samples);
}

void conclude(const Dataset& dataset, const SurveySamples& samples, Survey& survey) {
  survey.pixel_mm = median_of(samples.pixel_mm);
  survey.pixel_aspect = median_of(samples.pixel_aspect);
  if (!samples.pixel_mm.empty()) {
    std::tie(survey.least_pixel_mm, survey.most_pixel_mm) = extremes_of(samples.pixel_mm);
  }
  survey.slice_distance_mm = median_of(samples.slice_distance_mm);
  survey.field_mm = median_of(samples.field_mm);
  survey.structure_mm = median_of(samples.structure_mm);
  survey.background_gap_mm = median_of(samples.gap_mm);
  survey.annotated_share = median_of(samples.annotated);
  if (!samples.structure_mm.empty()) {
    survey.large_structure_mm = percentile(samples.structure_mm, 90);
  }
  if (!samples.drawn_intensities.empty()) {
    survey.drawn_low = percentile(samples.drawn_intensities, 0.5);
    survey.drawn_high = percentile(samples.drawn_intensities, 99.5);
  }
  if (!samples.far_mm.empty()) survey.background_far_mm = percentile(samples.far_mm, 90);
  for (std::size_t k = 0; k < samples.objects.size(); ++k) {
    survey.classes.push_back({.name = dataset.labels.classes[k + 1].name,
                              .slices = static_cast<std::int64_t>(samples.objects[k].size()),
                              .extent_mm = median_of(samples.extent_mm[k]),
                              .objects = median_of(samples.objects[k]),
                              .object_mm = median_of(samples.object_mm[k]),
                              .half_width_mm = median_of(samples.half_width_mm[k]),
                              .around_share = mean_of(samples.around[k])});
  }
}

}  // namespace

Survey survey_of(const Dataset& dataset, const std::vector<std::string>& ids,
                 const PrepareOptions& settled,
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
                .orientation = settled.orientation,
                .pictures = true,
                .units = {.pixels = true}};
  SurveySamples samples(static_cast<std::size_t>(dataset.labels.foreground_count()));
  std::vector<const Case*> read = evenly_chosen(labelled, kSurveyedCases);
  for (const Case* one : evenly_chosen(unlabelled, kSurveyedCases)) read.push_back(one);
  std::int64_t done = 0;
  for (const Case* one : read) {
    look_at_case(*one, dataset, settled, survey, samples);
    if (progress) progress(++done, static_cast<std::int64_t>(read.size()));
  }
  conclude(dataset, samples, survey);
  survey.units.pixels |= units_of(dataset.description).pixels;
  return survey;
}

}  // namespace medcl
