// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/check_case.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/core/sha256.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr double kThickRatio = 1.5;  // one spacing this much above the others is the slice axis

void add(Findings& findings, Severity severity, const char* id, const Problem& problem,
         bool fixable = false) {
  findings.push_back({severity, id, problem, fixable});
}

/// The message of an exception without the file name that it starts with.
std::string message_of(const std::exception& error, const fs::path& path) {
  const std::string text = error.what(), prefix = path.string() + ": ";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

/// Problems of orientation, under their own ids; empty for a file that is not NIfTI or is broken.
Findings orientation_errors(const fs::path& path) {
  Findings errors;
  try {
    Findings all;
    geometry_of(read_nifti_header(path), path.string(), "", all);
    for (const Finding& one : all) {
      if (one.severity == Severity::kError) errors.push_back(one);
    }
  } catch (const Error&) {
    errors.clear();
  }
  return errors;
}

ReadOptions tolerant(const Findings& orientation) {
  ReadOptions options;
  if (!orientation.empty()) options.assume = "spacing";
  return options;
}

void add_read_error(Findings& findings, const std::exception& error, const fs::path& path,
                    const char* id) {
  add(findings, Severity::kError, id, {message_of(error, path), path.string(), "", "", ""});
}

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
  facts.voxel_hashes.push_back(hash_of(image));
  if (bad > 0) {
    add(facts.findings, Severity::kError, "not-finite",
        {"NaN or infinite voxels", where, "finite numbers", std::to_string(bad) + " voxels",
         "correct or leave out the image"});
    return;
  }
  const auto [low, high] = std::minmax_element(image.voxels.begin(), image.voxels.end());
  if (*low == *high) {
    const bool zero = *low == 0;
    add(facts.findings, Severity::kWarning, zero ? "all-zero-image" : "constant-image",
        {zero ? "every voxel is zero" : "every voxel has the same value", where, "",
         std::to_string(*low), "leave out the image"});
  }
  facts.intensities.push_back(intensities_of(image));
}

void check_grid(const Geometry& geometry, const std::string& where, Findings& findings) {
  if (geometry.size[2] == 1) {
    add(findings, Severity::kInfo, "single-slice", {"image has one slice", where, "", "", ""});
    return;
  }
  const Point3 spacing = geometry.spacing_mm();
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double others = std::max(spacing[1 - axis], spacing[2]);
    if (spacing[axis] <= kThickRatio * others) continue;
    add(findings, Severity::kWarning, "slice-axis",
        {"slices seem to lie along another axis than the last", where,
         "the largest spacing on axis 3",
         std::to_string(spacing[axis]) + " mm on axis " + std::to_string(axis + 1),
         "reorder the axes of image and labels; slices are what the network sees"});
  }
}

/// The first channel of a case gives the grid that all others must share.
void inspect_channel(const Image& image, const std::string& where, std::optional<Geometry>& grid,
                     CaseFacts& facts) {
  check_voxels(image, where, facts);
  if (!grid) {
    check_grid(image.geometry, where, facts.findings);
    grid = image.geometry;
    return;
  }
  const std::string different = difference(image.geometry, *grid);
  if (different.empty()) return;
  add(facts.findings, Severity::kError, "channel-geometry",
      {"channels lie on different grids", where, "", different,
       "resample the channels onto one grid"});
}

/// Number of channels in the file; 0 when it cannot be read.
std::size_t inspect_image_file(const fs::path& path, std::optional<Geometry>& grid,
                               CaseFacts& facts) {
  const Findings orientation = orientation_errors(path);
  facts.findings.insert(facts.findings.end(), orientation.begin(), orientation.end());
  try {
    const std::vector<Loaded<float>> channels = read_channels(path, tolerant(orientation));
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

/// Returns the grid of the case, if any image can be read.
std::optional<Geometry> inspect_images(const Case& one, const Dataset& dataset, CaseFacts& facts) {
  std::optional<Geometry> grid;
  std::size_t count = 0;
  bool complete = true;
  for (const fs::path& path : one.images) {
    const std::size_t channels = inspect_image_file(path, grid, facts);
    complete = complete && channels > 0;
    count += channels;
  }
  const std::size_t expected = dataset.channel_names.size();
  if (complete && count != expected) {
    add(facts.findings, Severity::kError, "channel-count",
        {"wrong number of channels", "case " + one.id, std::to_string(expected),
         std::to_string(count), ""});
  }
  return grid;
}

void check_label_grid(const fs::path& path, const Geometry& geometry, const Findings& orientation,
                      const Geometry& image, Findings& findings) {
  if (geometry.size != image.size) {
    add(findings, Severity::kError, "label-size",
        {"labels and image differ in size", path.string(), "", difference(geometry, image),
         "redraw or resample the labels on this image"});
    return;
  }
  const std::string different =
      orientation.empty() ? difference(geometry, image) : orientation.front().problem.what;
  if (different.empty()) return;
  add(findings, Severity::kError, "label-geometry",
      {"labels lie on another grid than the image", path.string(), "", different,
       "the arrays fit: medcl check --fix writes the geometry of the image into the labels"},
      true);
}

void count_classes(const Labels& labels, const Dataset& dataset, const fs::path& path,
                   CaseFacts& facts) {
  const auto classes = static_cast<std::size_t>(dataset.labels.class_count());
  std::vector<std::uint8_t> indices;
  try {
    indices = to_class_indices(labels, dataset.labels, path.string());
  } catch (const Error& error) {
    add_read_error(facts.findings, error, path, "label-outside-map");
    return;
  }
  facts.class_voxels.assign(classes, 0);
  for (const std::uint8_t index : indices) {
    ++(index == kNotAnnotated ? facts.ignored_voxels : facts.class_voxels[index]);
  }
  facts.categories =
      categories_from_labels(indices, labels.geometry.size, dataset.labels.class_count());
  facts.labels_usable = true;
  if (facts.annotated_voxels() == 0) {
    add(facts.findings, Severity::kWarning, "empty-scribble",
        {"no voxel is annotated", path.string(), "", "", "draw scribbles or remove the file"});
  } else if (facts.ignored_voxels > 0 && facts.class_voxels[0] == 0) {
    add(facts.findings, Severity::kWarning, "no-background-scribble",
        {"scribbles without background", path.string(), "", "",
         "draw some background; else nothing says where the structures end"});
  }
}

void inspect_labels(const Case& one, const Dataset& dataset, const std::optional<Geometry>& grid,
                    CaseFacts& facts) {
  const fs::path& path = *one.labels;
  const Findings orientation = orientation_errors(path);
  try {
    const auto loaded = read_labels(path, tolerant(orientation));
    for (const Finding& finding : loaded.findings) {
      if (finding.id == "labels-rounded") facts.findings.push_back(finding);
    }
    if (grid) {
      check_label_grid(path, loaded.volume.geometry, orientation, *grid, facts.findings);
    }
    count_classes(loaded.volume, dataset, path, facts);
  } catch (const Error& error) {
    const bool content = error.code() == ErrorCode::kInvalidData;
    add_read_error(facts.findings, error, path, content ? "label-not-integer" : "unreadable");
  } catch (const std::bad_alloc& error) {
    add_read_error(facts.findings, error, path, "unreadable");
  }
}

}  // namespace

std::int64_t CaseFacts::annotated_voxels() const {
  return std::accumulate(class_voxels.begin(), class_voxels.end(), std::int64_t{0});
}

CaseFacts inspect_case(const Case& one, const Dataset& dataset, bool test) {
  CaseFacts facts;
  facts.id = one.id;
  facts.test = test;
  const std::optional<Geometry> grid = inspect_images(one, dataset, facts);
  if (one.labels) inspect_labels(one, dataset, grid, facts);
  return facts;
}

}  // namespace medcl
