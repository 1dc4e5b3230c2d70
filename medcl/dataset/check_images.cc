// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/core/formatted.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/check_files.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const Image& image) {
  Sha256 hash;
  const auto bytes_of = [](const auto* data, std::size_t count) {
    return std::span(reinterpret_cast<const std::uint8_t*>(data), count * sizeof(*data));
  };
  hash.update(bytes_of(image.geometry.size.data(), image.geometry.size.size()));
  hash.update(bytes_of(image.voxels.data(), image.voxels.size()));
  return hash.hex();
}

IntensityFacts intensities_of(const Image& image) {
  std::vector<float> voxels = image.voxels;
  const auto rank = static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(voxels.size() - 1));
  std::nth_element(voxels.begin(), voxels.begin() + rank, voxels.end());
  const double sum = std::accumulate(voxels.begin(), voxels.end(), 0.0);
  return {sum / static_cast<double>(voxels.size()), voxels[static_cast<std::size_t>(rank)]};
}

void check_voxels(const Image& image, const std::string& where, CaseFacts& facts) {
  const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                 [](float value) { return !std::isfinite(value); });
  if (bad > 0) {
    facts.voxel_hashes.push_back(hash_of(image));
    add_finding(facts.findings, Severity::kError, "not-finite",
                {"NaN or infinite voxels", where, "finite numbers", std::to_string(bad) + " voxels",
                 "correct or leave out the image"});
    return;
  }
  const auto [low, high] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  if (*low == *high) {
    const bool zero = *low == 0;
    add_finding(facts.findings, Severity::kWarning, zero ? "all-zero-image" : "constant-image",
                {zero ? "every voxel is zero" : "every voxel has the same value", where, "",
                 std::to_string(*low), "leave out the image"});
  } else {
    facts.voxel_hashes.push_back(hash_of(image));  // an empty channel makes no copy of a case
  }
  facts.intensities.push_back(intensities_of(image));
}

/// Between an organ of a mouse and a whole body; a metre taken for a millimetre lies beyond.
constexpr double kSmallestScan_mm = 1, kLargestScan_mm = 4000;

void check_extent(const Geometry& geometry, const std::string& where, Findings& findings) {
  const Point3 spacing_mm = geometry.spacing_mm();
  double longest_mm = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    longest_mm = std::max(longest_mm, spacing_mm[axis] * static_cast<double>(geometry.size[axis]));
  }
  if (longest_mm >= kSmallestScan_mm && longest_mm <= kLargestScan_mm) return;
  add_finding(findings, Severity::kWarning, "implausible-size",
              {"the whole scan is of a size that no scanner has", where,
               formatted("%g to %g mm", kSmallestScan_mm, kLargestScan_mm),
               formatted("%.3g mm", longest_mm),
               "another unit than mm? Lengths and volumes will be wrong by as much"});
}

void check_grid(const Geometry& geometry, const std::string& where, Findings& findings) {
  if (geometry.size[2] != 1) {
    check_extent(geometry, where, findings);
    return;
  }
  add_finding(findings, Severity::kInfo, "single-slice",
              {"image has one slice", where, "", "", ""});
}

/// The first channel of a case gives the grid that all others must share.
void inspect_channel(const Image& image, const std::string& where, std::optional<Geometry>& grid,
                     CaseFacts& facts) {
  check_voxels(image, where, facts);
  if (!grid) {
    check_grid(image.geometry, where, facts.findings);
    grid = image.geometry;
    facts.image = image;
    return;
  }
  const auto order = order_onto(image.geometry, *grid);
  if (order && order->is_identity()) return;
  if (order) {
    add_finding(facts.findings, Severity::kInfo, "channel-axis-order",
                {"stored in another axis order than the first channel: reordered on reading", where,
                 axis_codes(*grid), axis_codes(image.geometry), ""});
    return;
  }
  add_finding(facts.findings, Severity::kError, "channel-geometry",
              {"channels lie on different grids", where, "", difference(image.geometry, *grid),
               "resample the channels onto one grid"});
}

/// Number of channels in the file; 0 when it cannot be read.
std::size_t inspect_image_file(const fs::path& path, std::size_t expected,
                               std::optional<Geometry>& grid, CaseFacts& facts) {
  const Findings orientation = orientation_errors(path);
  facts.findings.insert(facts.findings.end(), orientation.begin(), orientation.end());
  try {
    std::vector<Loaded<float>> channels = read_channels(path, tolerant(orientation));
    if (expected == 1 && is_picture_path(path)) merge_equal_channels(channels);
    for (const Loaded<float>& channel : channels) {
      inspect_channel(channel.volume, path.string(), grid, facts);
    }
    for (const Finding& one : channels.empty() ? orientation : channels.front().findings) {
      if (orientation.empty()) facts.findings.push_back(one);
    }
    return channels.size();
  } catch (const Error& error) {
    add_read_error(facts.findings, error, path, "unreadable");
  } catch (const std::bad_alloc& error) {
    add_read_error(facts.findings, error, path, "unreadable");
  }
  return 0;
}

}  // namespace

std::optional<Geometry> inspect_images(const Case& one, const Dataset& dataset, CaseFacts& facts) {
  std::optional<Geometry> grid;
  std::size_t count = 0;
  bool complete = true;
  const std::size_t expected = dataset.channel_names.size();
  for (const fs::path& path : one.images) {
    const std::size_t channels = inspect_image_file(path, expected, grid, facts);
    complete = complete && channels > 0;
    count += channels;
  }
  if (complete && count != expected) {
    add_finding(facts.findings, Severity::kError, "channel-count",
                {"wrong number of channels", "case " + one.id, std::to_string(expected),
                 std::to_string(count), ""});
  }
  return grid;
}

}  // namespace medcl
