// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/import_job.h"

#include <algorithm>
#include <set>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/folder_listing.h"
#include "medcl/dataset/check_files.h"
#include "medcl/format/gzip.h"
#include "medcl/image/axis_order.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Labels that lie where the image is, if need be in another axis order; else none, and why.
std::optional<Loaded<std::int32_t>> labels_by_world(ImportJob& job, const fs::path& path,
                                                    const Geometry& image, std::string& why) {
  const Findings errors = orientation_errors(path);
  if (!errors.empty()) {
    why = errors.front().problem.what;
    return std::nullopt;
  }
  Loaded<std::int32_t> labels =
      read_labels(path, {.assume = job.options.assume, .spacing_mm = job.options.spacing_mm});
  why = difference(labels.volume.geometry, image);
  if (!bring_onto(image, labels.volume)) return std::nullopt;
  if (!why.empty()) {
    job.add_finding(
        Severity::kInfo, "label-axis-order",
        {"stored in another axis order than the image: reordered", path.string(), "", why, ""});
  }
  return labels;
}

/// Labels whose header contradicts the image, voxel by voxel.
Loaded<std::int32_t> labels_by_index(ImportJob& job, const fs::path& path, const Geometry& image,
                                     const std::string& why) {
  job.add_finding(
      Severity::kWarning, "label-geometry",
      {"label header contradicts the image; aligned by voxel index", path.string(), "", why,
       "look whether the labels lie on the structures: those drawn on another series do not"});
  const ReadOptions options{.assume = "spacing", .spacing_mm = job.options.spacing_mm};
  Loaded<std::int32_t> labels = read_labels(path, options);
  if (labels.volume.geometry.size != image.size) {
    fail(ErrorCode::kInvalidData, {"labels and image differ in size", path.string(), "",
                                   difference(labels.volume.geometry, image), ""});
  }
  labels.volume.geometry = image;
  return labels;
}

}  // namespace

void ImportJob::add_finding(Severity severity, const std::string& id, const Problem& problem) {
  report.findings.push_back({severity, id, problem, false});
}

std::vector<fs::path> visible_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const FolderEntry& entry : list_folder_if_present(folder)) {
    const std::string name = entry.path.filename().string();
    if (name.front() == '.') continue;
    if (entry.kind == FolderEntry::Kind::kBrokenLink) {
      fail(ErrorCode::kIo, {"link to a file that does not exist", entry.path.string(), "a file", "",
                            "restore the file or remove the link"});
    }
    if (entry.kind == FolderEntry::Kind::kFile) files.push_back(entry.path);
  }
  return files;
}

void enter_cases(ImportJob& job, const std::vector<SourceCase>& cases) {
  Dataset& dataset = job.dataset;
  Split split;
  for (const SourceCase& one : cases) {
    Case entered{one.id, {}, std::nullopt};
    for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
      entered.images.push_back(image_path(dataset, one.id, static_cast<int>(c), one.is_test()));
    }
    if (one.labels) entered.labels = label_path(dataset, one.id, one.is_test());
    (one.is_test() ? dataset.test_cases : dataset.cases).push_back(entered);
    if (one.group == "train") split.train.push_back(one.id);
    if (one.group == "val") split.validation.push_back(one.id);
  }
  if (!split.train.empty() && !split.validation.empty()) dataset.splits = {split};
}

void copy_file_as(const fs::path& from, const fs::path& to) {
  FileSystem::get().create_folders(to.parent_path());
  std::vector<std::uint8_t> bytes = read_file(from);
  if (to.extension() == ".gz" && !looks_like_gzip(bytes)) bytes = gzip(bytes);
  write_atomically(to, std::span<const std::uint8_t>(bytes));
}

std::vector<Loaded<float>> read_source_channels(const ImportJob& job, const fs::path& path) {
  ReadOptions options{.assume = job.options.assume, .spacing_mm = job.options.spacing_mm};
  if (!orientation_errors(path).empty()) options.assume = "spacing";
  return read_channels(path, options);
}

void carry_image(const Loaded<float>& image, const fs::path& from, const fs::path& to) {
  if (!image.source.spacing_was_given) return copy_file_as(from, to);
  FileSystem::get().create_folders(to.parent_path());
  write_image(to, image.volume, image.source);
}

Labels read_source_labels(ImportJob& job, const fs::path& path, const Loaded<float>& image) {
  const Geometry& grid = image.volume.geometry;
  std::string why;
  std::optional<Loaded<std::int32_t>> labels = labels_by_world(job, path, grid, why);
  if (!labels) labels = labels_by_index(job, path, grid, why);
  for (const Finding& one : labels->findings) {
    if (one.id == "labels-rounded") job.report.findings.push_back(one);  // others: the grid is ours
  }
  return std::move(labels->volume);
}

void remap_labels(Labels& labels, const std::map<std::int32_t, std::int32_t>& new_from_old,
                  const std::string& where) {
  std::set<std::int32_t> unknown;
  for (std::int32_t& value : labels.voxels) {
    const auto found = new_from_old.find(value);
    if (found == new_from_old.end()) {
      if (unknown.size() < 8) unknown.insert(value);
    } else {
      value = found->second;
    }
  }
  if (unknown.empty()) return;
  std::string expected, listed;
  for (const auto& pair : new_from_old) expected += " " + std::to_string(pair.first);
  for (const std::int32_t value : unknown) listed += " " + std::to_string(value);
  fail(ErrorCode::kInvalidData, {"unknown label values", where, "only" + expected, listed.substr(1),
                                 "is this the right kind of dataset?"});
}

void import_labels(ImportJob& job, const Labels& labels, const SourceCase& one,
                   const SourceHeader& like) {
  to_class_indices(labels, job.dataset.labels, one.labels ? one.labels->string() : one.id);
  const fs::path path = label_path(job.dataset, one.id, one.is_test());
  FileSystem::get().create_folders(path.parent_path());
  write_labels(path, labels, like);
  auto& counts = job.report.voxel_counts[one.group];
  for (const std::int32_t value : labels.voxels) ++counts[value];
}

void report_progress(const ImportJob& job, std::size_t done, std::size_t total,
                     const std::string& id) {
  if (job.progress) {
    job.progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), id);
  }
}

}  // namespace medcl
