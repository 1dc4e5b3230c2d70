// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/read_source.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/dataset/check_files.h"
#include "medcl/dataset/label_grid.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/nrrd_segments.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// What a reader said, once; pictures must not be measured in a unit that nobody chose.
void take_findings(ImportJob& job, const Findings& findings) {
  for (const Finding& one : findings) {
    if (one.id == "no-physical-size") {
      fail(ErrorCode::kUsage,
           {"pictures do not say the size of a pixel", one.problem.where, "--spacing", "none",
            "give it in mm, --spacing X,Y,Z (Z: distance of the slices), or say that distances may "
            "be in pixels: --spacing px"});
    }
    job.report.findings.push_back(one);
  }
}

template <typename T>
void append_slice(Grid<T>& stack, const Grid<T>& slice, const fs::path& path) {
  if (stack.voxels.empty()) {
    stack = slice;
    return;
  }
  const Size3& size = stack.geometry.size;
  if (slice.geometry.size[0] != size[0] || slice.geometry.size[1] != size[1]) {
    fail(ErrorCode::kInvalidData,
         {"slices of one stack differ in size", path.string(),
          std::to_string(size[0]) + " x " + std::to_string(size[1]),
          std::to_string(slice.geometry.size[0]) + " x " + std::to_string(slice.geometry.size[1]),
          "give each stack a folder of its own"});
  }
  stack.voxels.insert(stack.voxels.end(), slice.voxels.begin(), slice.voxels.end());
  stack.geometry.size[2] += slice.geometry.size[2];
}

ReadOptions options_of(const ImportJob& job) {
  return {.assume = job.options.assume, .spacing_mm = job.options.spacing_mm};
}

std::vector<Loaded<float>> read_stack(const ImportJob& job, const Source& source) {
  std::vector<Loaded<float>> stack;
  for (const fs::path& path : source.slices) {
    std::vector<Loaded<float>> slice = read_channels(path, options_of(job));
    if (stack.empty()) {
      stack = std::move(slice);
      continue;
    }
    if (slice.size() != stack.size()) {
      fail(ErrorCode::kInvalidData, {"slices of one stack in grey and in colours", path.string(),
                                     std::to_string(stack.size()) + " channels",
                                     std::to_string(slice.size()), "store them alike"});
    }
    for (std::size_t c = 0; c < stack.size(); ++c) {
      append_slice(stack[c].volume, slice[c].volume, path);
    }
  }
  return stack;
}

std::vector<Loaded<float>> read_source_images(const ImportJob& job, const Source& source) {
  if (!source.slices.empty()) return read_stack(job, source);
  if (!source.series) return read_source_channels(job, source.path);
  std::vector<Loaded<float>> channels;
  channels.push_back(read_dicom_series(*source.series, options_of(job)));
  return channels;
}

/// A fourth axis may as well be time.
void tell_of_channels(ImportJob& job, const Source& source, std::size_t count) {
  job.add_finding(Severity::kWarning, "volumes-as-channels",
                  {"several volumes in one file: they are taken for channels that a network sees "
                   "together",
                   source.path.string(), "", std::to_string(count) + " volumes",
                   "if they are frames in time, save the one that was drawn on as a file of its "
                   "own"});
}

void require_one_grid(std::vector<Loaded<float>>& channels, const std::string& id) {
  const Geometry& first = channels.front().volume.geometry;
  for (Loaded<float>& channel : channels) {
    const std::string different = difference(channel.volume.geometry, first);
    if (bring_onto(first, channel.volume)) continue;
    fail(ErrorCode::kInvalidData,
         {"channels lie on different grids", "case " + id, "one grid", different,
          "resample them onto one (3D Slicer: Resample Scalar/Vector/DWI Volume)"});
  }
}

/// Labels drawn on another series must not be laid over this one. An origin of 0 says nothing: some
/// programs write it where they do not know better.
void require_common_space(const ImportJob& job, const fs::path& path, const Geometry& image) {
  if (!job.options.assume.empty() || !orientation_errors(path).empty()) return;
  const Geometry labels = read_geometry(path, options_of(job));
  const auto& matrix = labels.world_from_index;
  const bool is_told = matrix[0][3] != 0 || matrix[1][3] != 0 || matrix[2][3] != 0;
  if (!is_told || boxes_overlap(labels, image)) return;
  fail(ErrorCode::kInvalidData,
       {"labels and image lie in different places: they have nothing in common", path.string(),
        "labels drawn on this image", difference(labels, image),
        "name the image they were drawn on (--pair IMAGE=LABELS), leave them out, or if only the "
        "headers are wrong: --assume spacing"});
}

/// Labels that fill another box than the image.
Labels labels_by_place(ImportJob& job, const Source& source, const Loaded<float>& image,
                       const Error& why) {
  if (source.is_picture() || nrrd_segment_names(source.path).empty()) throw why;
  job.add_finding(Severity::kInfo, "labels-placed",
                  {"labels cover another part of space than the image: placed by their coordinates",
                   source.path.string(), "", "", ""});
  return labels_on_grid(source.path, image.volume.geometry, LabelAlignment::kWorld, 0);
}

}  // namespace

std::vector<Loaded<float>> read_planned_images(ImportJob& job, const IntakePlan& plan,
                                               const PlannedCase& one) {
  std::vector<Loaded<float>> all;
  for (const std::size_t index : one.images) {
    const Source& source = plan.list.sources[index];
    std::vector<Loaded<float>> channels = read_source_images(job, source);
    if (channels.size() > 1 && !source.is_picture()) tell_of_channels(job, source, channels.size());
    for (Loaded<float>& channel : channels) {
      take_findings(job, channel.findings);
      all.push_back(std::move(channel));
    }
  }
  require_one_grid(all, one.id);
  return all;
}

Labels read_planned_labels(ImportJob& job, const Source& source, const Loaded<float>& image) {
  if (source.slices.empty()) {
    const std::size_t said = job.report.findings.size();
    try {
      Labels labels = read_source_labels(job, source.path, image);
      const bool by_index = std::any_of(
          job.report.findings.begin() + static_cast<std::ptrdiff_t>(said),
          job.report.findings.end(), [](const Finding& one) { return one.id == "label-geometry"; });
      if (by_index) require_common_space(job, source.path, image.volume.geometry);
      return labels;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidData) throw;
      job.report.findings.resize(said);  // what was said about a way that led nowhere
      return labels_by_place(job, source, image, error);
    }
  }
  Labels stack;
  for (const fs::path& path : source.slices) {
    append_slice(stack, read_labels(path, options_of(job)).volume, path);
  }
  const std::string different = difference(stack.geometry, image.volume.geometry);
  if (!different.empty()) {
    fail(ErrorCode::kInvalidData,
         {"labels and image differ in size", source.path.string(), "", different, ""});
  }
  return stack;
}

}  // namespace medcl
