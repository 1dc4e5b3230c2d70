// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/read_case.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"

namespace medcl {
namespace {

void require_finite(const Image& image, const std::string& where) {
  const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                 [](float value) { return !std::isfinite(value); });
  if (bad == 0) return;
  fail(ErrorCode::kInvalidData, {"NaN or infinite voxels", where, "finite numbers",
                                 std::to_string(bad) + " voxels", "run medcl check"});
}

void require_same_grid(const Geometry& geometry, const Geometry& reference, const char* what,
                       const std::string& where, const char* remedy) {
  const std::string different = difference(geometry, reference);
  if (different.empty()) return;
  fail(ErrorCode::kInvalidData, {what, where, "", different, remedy});
}

}  // namespace

std::vector<Loaded<float>> read_channels_of_case(const Case& one, const Dataset& dataset,
                                                 const std::string& assume) {
  ReadOptions options;
  options.assume = assume;
  const std::size_t count = dataset.channel_names.size();
  std::vector<Loaded<float>> channels;
  if (one.images.size() == 1 && count > 1) {
    channels = read_channels(one.images.front(), options);
  } else {
    for (const auto& path : one.images) channels.push_back(read_image(path, options));
  }
  if (channels.size() != count) {
    fail(ErrorCode::kInvalidData, {"wrong number of channels", "case " + one.id,
                                   std::to_string(count), std::to_string(channels.size()), ""});
  }
  for (const auto& channel : channels) {
    const std::string where = channel.source.path.string();
    require_same_grid(channel.volume.geometry, channels.front().volume.geometry,
                      "channels lie on different grids", where, "resample them onto one grid");
    require_finite(channel.volume, where);
  }
  return channels;
}

CaseVolumes read_case(const Case& one, const Dataset& dataset, const std::string& assume) {
  CaseVolumes volumes{read_channels_of_case(one, dataset, assume), {}};
  if (!one.labels) return volumes;
  ReadOptions options;
  options.assume = assume;
  const Loaded<std::int32_t> labels = read_labels(*one.labels, options);
  require_same_grid(labels.volume.geometry, volumes.channels.front().volume.geometry,
                    "labels lie on another grid than the image", one.labels->string(),
                    "run medcl check --fix when the arrays fit");
  volumes.class_indices = to_class_indices(labels.volume, dataset.labels, one.labels->string());
  return volumes;
}

}  // namespace medcl
