// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/read_case.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

void require_finite(const Image& image, const std::string& where) {
  const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                 [](float value) { return !std::isfinite(value); });
  if (bad == 0) return;
  fail(ErrorCode::kInvalidData, {"NaN or infinite voxels", where, "finite numbers",
                                 std::to_string(bad) + " voxels", "run medcl check"});
}

/// Reorders the axes of `grid` where that makes it lie on `reference`.
template <typename T>
void require_same_grid(Grid<T>& grid, const Geometry& reference, const char* what,
                       const std::string& where, const char* remedy) {
  if (bring_onto(reference, grid)) return;
  fail(ErrorCode::kInvalidData, {what, where, "", difference(grid.geometry, reference), remedy});
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
  for (auto& channel : channels) {
    const std::string where = channel.source.path.string();
    require_same_grid(channel.volume, channels.front().volume.geometry,
                      "channels lie on different grids", where, "resample them onto one grid");
    require_finite(channel.volume, where);
  }
  return channels;
}

std::vector<std::uint8_t> read_labels_of_case(const Case& one, const Dataset& dataset,
                                              const Geometry& image, const std::string& assume) {
  ReadOptions options;
  options.assume = assume;
  Labels labels = read_labels(*one.labels, options).volume;
  const std::string where = one.labels->string();
  require_same_grid(labels, image, "labels lie on another grid than the image", where,
                    "run medcl check, which says what can be done");
  return to_class_indices(labels, dataset.labels, where);
}

CaseVolumes read_case(const Case& one, const Dataset& dataset, const std::string& assume) {
  CaseVolumes volumes{read_channels_of_case(one, dataset, assume), {}};
  if (one.labels) {
    volumes.class_indices =
        read_labels_of_case(one, dataset, volumes.channels.front().volume.geometry, assume);
  }
  return volumes;
}

}  // namespace medcl
