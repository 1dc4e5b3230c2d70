// SPDX-License-Identifier: Apache-2.0
// DICOM series: which files of a folder belong together, and the volume they make.

#include <algorithm>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/system_error.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/dicom_stack.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

/// One result for each file. GDCM sees only those whose structure is sound.
std::vector<DicomHeaderResult> checked_headers(const std::vector<std::filesystem::path>& files) {
  std::vector<DicomHeaderResult> results;
  std::vector<std::filesystem::path> sound;
  std::vector<std::size_t> places;
  for (const auto& path : files) {
    results.emplace_back(std::nullopt);
    try {
      if (itk_is_built_in()) {
        const std::vector<std::uint8_t> bytes = read_file(path);
        if (looks_like_bare_dicom(bytes)) refuse_bare_dicom(path.string());
        if (!check_dicom_file(bytes, path.string())) continue;
      }
      sound.push_back(path);
      places.push_back(results.size() - 1);
    } catch (const Error& error) {
      results.back() = error;
    }
  }
  std::vector<DicomHeaderResult> headers = read_dicom_headers(sound);
  for (std::size_t k = 0; k < headers.size(); ++k) results[places[k]] = std::move(headers[k]);
  return results;
}

std::vector<DicomSlice> slices_of(const DicomSeries& series) {
  std::vector<DicomSlice> slices;
  std::vector<DicomHeaderResult> headers = checked_headers(series.files);
  for (std::size_t file = 0; file < headers.size(); ++file) {
    if (const auto* error = std::get_if<Error>(&headers[file])) throw *error;
    auto& slice = std::get<std::optional<DicomSlice>>(headers[file]);
    if (!slice) {
      fail(ErrorCode::kIo, {.what = "not a DICOM image", .where = series.files[file].string()});
    }
    slices.push_back(std::move(*slice));
  }
  if (slices.empty()) {
    fail(ErrorCode::kIo, {.what = "DICOM series has no files", .where = series.uid});
  }
  return slices;
}

/// Files that are DICOM, with their preamble or without; pipes and devices are none.
std::vector<std::filesystem::path> dicom_files(const std::filesystem::path& folder) {
  constexpr std::uint64_t kStart = 132;
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (!entry->is_regular_file(error)) continue;
    const std::vector<std::uint8_t> start = read_file_start(entry->path(), kStart);
    if (looks_like_dicom(start) || looks_like_bare_dicom(start)) files.push_back(entry->path());
  }
  if (error) {
    fail_with_errno(error.value(), "cannot list the folder", folder);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string plane_of(const DicomSlice& slice) {
  return slice.path.parent_path().string() + '\n' + std::to_string(slice.size[0]) + 'x' +
         std::to_string(slice.size[1]) + '\n' + slice.tags.orientation + '\n' +
         slice.tags.pixel_spacing;
}

/// What `key` gives alike becomes one series, in the order of the keys.
template <typename Key>
std::vector<DicomSeries> grouped(const std::vector<DicomSeries>& series, Key key) {
  std::map<std::string, DicomSeries> groups;
  for (const DicomSeries& one : series) {
    const auto [found, is_first] = groups.emplace(key(one), one);
    if (is_first) continue;
    auto& files = found->second.files;
    files.insert(files.end(), one.files.begin(), one.files.end());
    std::sort(files.begin(), files.end());
  }
  std::vector<DicomSeries> result;
  for (auto& [text, one] : groups) result.push_back(std::move(one));
  return result;
}

}  // namespace

DicomFolder scan_dicom_folder(const std::filesystem::path& folder) {
  DicomFolder result;
  std::vector<DicomSeries> single;
  const std::vector<std::filesystem::path> files = dicom_files(folder);
  std::vector<DicomHeaderResult> headers = checked_headers(files);
  for (std::size_t file = 0; file < files.size(); ++file) {
    if (auto* error = std::get_if<Error>(&headers[file])) {
      result.unreadable.emplace_back(files[file], std::move(*error));
    } else if (auto& slice = std::get<std::optional<DicomSlice>>(headers[file])) {
      single.push_back({slice->series_uid, slice->description, {files[file]}, plane_of(*slice)});
    }
  }
  result.series = grouped(single, [](const DicomSeries& one) { return one.uid; });
  return result;
}

std::vector<DicomSeries> find_dicom_series(const std::filesystem::path& folder) {
  DicomFolder found = scan_dicom_folder(folder);
  if (found.series.empty() && !found.unreadable.empty()) throw found.unreadable.front().second;
  return std::move(found.series);
}

std::vector<DicomSeries> merge_dicom_series(const std::vector<DicomSeries>& series) {
  return grouped(series, [](const DicomSeries& one) { return one.plane; });
}

bool is_split_stack(const std::vector<DicomSeries>& series) {
  constexpr int kFewest = 3;  // two alike may be two localisers
  std::map<std::string, int> slices_of_plane;
  for (const DicomSeries& one : series) {
    if (one.files.size() == 1 && ++slices_of_plane[one.plane] == kFewest) return true;
  }
  return false;
}

Findings unreadable_findings(const DicomFolder& folder) {
  Findings findings;
  for (const auto& [path, error] : folder.unreadable) {
    findings.push_back({.severity = Severity::kWarning,
                        .id = "file-unreadable",
                        .problem = {.what = "file left out",
                                    .where = path.string(),
                                    .expected = {},
                                    .found = error.what(),
                                    .remedy = "a series beside it may lack a slice at its end"}});
  }
  return findings;
}

Loaded<float> read_dicom_series(const DicomSeries& series, const ReadOptions& options) {
  std::vector<DicomSlice> slices = slices_of(series);
  sort_into_stack(slices, options);
  Loaded<float> loaded;
  loaded.volume.geometry = geometry_of_stack(slices, loaded.findings);
  loaded.source.path = slices.front().path.parent_path();
  const auto total = static_cast<std::uint64_t>(loaded.volume.geometry.voxel_count());
  if (total > options.limits.max_bytes / sizeof(float)) {
    fail(ErrorCode::kOutOfResources, {.what = "DICOM series does not fit into memory",
                                      .where = loaded.source.path.string(),
                                      .expected = {},
                                      .found = std::to_string(total) + " voxels",
                                      .remedy = "free memory, or take fewer slices"});
  }
  loaded.volume.voxels.reserve(total);
  std::vector<float>& voxels = loaded.volume.voxels;
  read_dicom_pixels(slices, [&](const std::vector<float>& pixels) {
    voxels.insert(voxels.end(), pixels.begin(), pixels.end());
  });
  check(voxels.size() == total, "as many pixels as the headers say");
  return loaded;
}

}  // namespace medcl
