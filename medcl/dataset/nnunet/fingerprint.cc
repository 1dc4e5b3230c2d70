// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/nnunet/fingerprint.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "medcl/core/error.h"
#include "medcl/core/percentile.h"
#include "medcl/dataset/nnunet/value_counts.h"
#include "medcl/dataset/read_case.h"
#include "medcl/format/json_text.h"

namespace medcl::nnunet {
namespace {

constexpr double kPictureDepth = 999;  // of pixels of a picture

/// Half-open, in i, j, k.
struct VoxelBox {
  Size3 first{0, 0, 0}, end{0, 0, 0};
  [[nodiscard]] std::int64_t count() const {
    return (end[0] - first[0]) * (end[1] - first[1]) * (end[2] - first[2]);
  }
};

/// Calls visit(voxel, i, j, k) for each voxel of the box.
template <typename Visit>
void for_each_voxel(const VoxelBox& box, const Size3& size, const Visit& visit) {
  for (std::int64_t k = box.first[2]; k < box.end[2]; ++k) {
    for (std::int64_t j = box.first[1]; j < box.end[1]; ++j) {
      for (std::int64_t i = box.first[0]; i < box.end[0]; ++i) {
        visit(static_cast<std::size_t>((k * size[1] + j) * size[0] + i), Size3{i, j, k});
      }
    }
  }
}

/// Around the voxels that are not 0 in some channel. Filling the holes of that mask, as nnU-Net
/// does, leaves its box as it is. All of an image of zeros.
VoxelBox nonzero_box(const std::vector<Loaded<float>>& channels) {
  const Size3& size = channels.front().volume.geometry.size;
  const VoxelBox whole{{0, 0, 0}, size};
  VoxelBox box{size, {0, 0, 0}};
  for_each_voxel(whole, size, [&](std::size_t voxel, const Size3& at) {
    const bool is_zero = std::ranges::all_of(
        channels, [voxel](const auto& channel) { return channel.volume.voxels[voxel] == 0; });
    for (std::size_t axis = 0; axis < 3 && !is_zero; ++axis) {
      box.first[axis] = std::min(box.first[axis], at[axis]);
      box.end[axis] = std::max(box.end[axis], at[axis] + 1);
    }
  });
  return box.end[0] == 0 ? whole : box;
}

/// A file of one slice that knows no third axis.
bool is_picture(const Loaded<float>& image) {
  if (image.volume.geometry.size[2] != 1) return false;
  return !image.source.nifti || image.source.nifti->dim[0] < 3;
}

std::array<double, 3> spacing_of(const Loaded<float>& image) {
  const Point3 spacing_mm = image.volume.geometry.spacing_mm();
  const double depth_mm =
      is_picture(image) ? kPictureDepth * std::max(spacing_mm[0], spacing_mm[1]) : spacing_mm[2];
  return {depth_mm, spacing_mm[1], spacing_mm[0]};
}

bool is_foreground(std::uint8_t index) { return index > 0 && index != kNotAnnotated; }

Intensities conclude(const ValueCounts& counts) {
  return {.mean = counts.moments().mean(),
          .median = counts.percentile(50),
          .deviation = counts.moments().deviation(),
          .least = counts.least(),
          .most = counts.most(),
          .percentile_00_5 = counts.percentile(0.5),
          .percentile_99_5 = counts.percentile(99.5)};
}

class Extractor {
 public:
  explicit Extractor(std::size_t channels) : counts_(channels) {}

  void look_at(const CaseVolumes& one) {
    const VoxelBox box = nonzero_box(one.channels);
    const Geometry& geometry = one.channels.front().volume.geometry;
    fingerprint_.spacings_mm.push_back(spacing_of(one.channels.front()));
    fingerprint_.shapes.push_back(
        {box.end[2] - box.first[2], box.end[1] - box.first[1], box.end[0] - box.first[0]});
    kept_.push_back(static_cast<double>(box.count()) / static_cast<double>(geometry.voxel_count()));
    for_each_voxel(box, geometry.size, [&](std::size_t voxel, const Size3&) {
      if (!is_foreground(one.class_indices[voxel])) return;
      for (std::size_t c = 0; c < counts_.size(); ++c) {
        counts_[c].add(one.channels[c].volume.voxels[voxel]);
      }
    });
  }

  Fingerprint conclusion(const Dataset& dataset) {
    if (counts_.front().empty()) {
      fail(ErrorCode::kInvalidData, {.what = "no case shows anything of the foreground",
                                     .where = dataset.root.string(),
                                     .expected = "labels of at least one class in a case",
                                     .remedy = "medcl check says what the labels hold"});
    }
    for (const ValueCounts& one : counts_) fingerprint_.channels.push_back(conclude(one));
    fingerprint_.kept_share = percentile(kept_, 50);
    return std::move(fingerprint_);
  }

 private:
  Fingerprint fingerprint_;
  std::vector<ValueCounts> counts_;
  std::vector<double> kept_;
};

void require_positive(const Fingerprint& found, const std::string& where) {
  const auto positive = [](auto value) {
    return std::isfinite(static_cast<double>(value)) && value > 0;
  };
  bool sound = !found.shapes.empty() && found.shapes.size() == found.spacings_mm.size() &&
               positive(found.kept_share) && !found.channels.empty();
  for (const auto& shape : found.shapes) sound = sound && std::ranges::all_of(shape, positive);
  for (const auto& one : found.spacings_mm) sound = sound && std::ranges::all_of(one, positive);
  if (sound) return;
  fail(ErrorCode::kIo,
       {.what = "broken fingerprint of a dataset",
        .where = where,
        .expected = "a spacing and a shape for each case, positive, and intensities of a channel",
        .remedy = "extract it anew"});
}

}  // namespace

Json Fingerprint::to_json() const {
  Json intensities = Json::object();
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const Intensities& one = channels[c];
    intensities[std::to_string(c)] = {{"max", one.most},
                                      {"mean", one.mean},
                                      {"median", one.median},
                                      {"min", one.least},
                                      {"percentile_00_5", one.percentile_00_5},
                                      {"percentile_99_5", one.percentile_99_5},
                                      {"std", one.deviation}};
  }
  return {{"foreground_intensity_properties_per_channel", intensities},
          {"median_relative_size_after_cropping", kept_share},
          {"shapes_after_crop", shapes},
          {"spacings", spacings_mm}};
}

Fingerprint Fingerprint::from_json(const Json& json, const std::string& where) {
  return reading_json("broken fingerprint of a dataset", where, [&] {
    Fingerprint found;
    found.spacings_mm = json.at("spacings").get<decltype(found.spacings_mm)>();
    found.shapes = json.at("shapes_after_crop").get<decltype(found.shapes)>();
    found.kept_share = json.at("median_relative_size_after_cropping").get<double>();
    const Json& properties = json.at("foreground_intensity_properties_per_channel");
    for (std::size_t c = 0; c < properties.size(); ++c) {
      const Json& one = properties.at(std::to_string(c));
      found.channels.push_back({.mean = one.at("mean").get<double>(),
                                .median = one.at("median").get<double>(),
                                .deviation = one.at("std").get<double>(),
                                .least = one.at("min").get<double>(),
                                .most = one.at("max").get<double>(),
                                .percentile_00_5 = one.at("percentile_00_5").get<double>(),
                                .percentile_99_5 = one.at("percentile_99_5").get<double>()});
    }
    require_positive(found, where);
    return found;
  });
}

Fingerprint fingerprint_of(const Dataset& dataset, const std::string& assume,
                           const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const std::int64_t labelled =
      std::ranges::count_if(dataset.cases, [](const Case& one) { return one.labels.has_value(); });
  if (labelled == 0) {
    fail(ErrorCode::kInvalidData, {.what = "no case has labels",
                                   .where = dataset.root.string(),
                                   .expected = "files in labelsTr",
                                   .remedy = "draw scribbles, or see medcl import --help"});
  }
  Extractor extractor(dataset.channel_names.size());
  std::int64_t done = 0;
  for (const Case& one : dataset.cases) {
    if (!one.labels) continue;
    extractor.look_at(read_case(one, dataset, assume));
    if (progress) progress(++done, labelled);
  }
  return extractor.conclusion(dataset);
}

}  // namespace medcl::nnunet
