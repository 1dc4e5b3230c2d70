// SPDX-License-Identifier: Apache-2.0
// DICOM series: which files belong together, in which order, and whether they make a regular grid.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/image/dicom_file.h"
#include "medcl/image/itk_bridge.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

constexpr double kSamePositionMm = 1e-3;
constexpr double kDirectionTolerance = 1e-4;
constexpr double kShearTolerance = 1e-2;  ///< of the slice distance; beyond it the gantry is tilted
constexpr double kGapTolerance = 0.05;    ///< relative to the usual gap
constexpr double kMissingFactor = 1.5;    ///< a gap this much larger lacks a slice

Point3 cross(const Point3& a, const Point3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Point3& a, const Point3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

double distance(const Point3& a, const Point3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::string millimetres(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g mm", value);
  return text;
}

bool has_dicom_magic(const std::filesystem::path& path) {
  std::array<std::uint8_t, 132> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
  return file.good() && looks_like_dicom(bytes);
}

/// One result for each file. GDCM sees only those whose structure is sound.
std::vector<DicomHeaderResult> checked_headers(const std::vector<std::filesystem::path>& files) {
  std::vector<DicomHeaderResult> results;
  std::vector<std::filesystem::path> sound;
  std::vector<std::size_t> places;
  for (const auto& path : files) {
    results.emplace_back(std::nullopt);
    try {
      if (itk_is_built_in() && !check_dicom_file(read_file(path), path.string())) continue;
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

[[noreturn]] void refuse(const std::filesystem::path& path, std::string what, std::string expected,
                         std::string found, std::string remedy = {}) {
  fail(ErrorCode::kIo, {.what = std::move(what),
                        .where = path.string(),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)});
}

void check_alike(const DicomSlice& slice, const DicomSlice& first) {
  if (slice.size[2] != 1) {
    refuse(slice.path, "multi-frame DICOM is not supported", "one slice per file",
           std::to_string(slice.size[2]) + " frames", "convert it to NIfTI");
  }
  if (slice.components != 1) {
    refuse(slice.path, "colour DICOM is not supported", "one value per pixel",
           std::to_string(slice.components));
  }
  if (slice.size != first.size) {
    refuse(slice.path, "slices of one series differ in size",
           std::to_string(first.size[0]) + " x " + std::to_string(first.size[1]),
           std::to_string(slice.size[0]) + " x " + std::to_string(slice.size[1]));
  }
  if (distance(slice.row_direction, first.row_direction) > kDirectionTolerance ||
      distance(slice.column_direction, first.column_direction) > kDirectionTolerance) {
    refuse(slice.path, "slices of one series differ in orientation",
           "that of " + first.path.filename().string(), "another",
           "split the series by orientation");
  }
  for (int axis = 0; axis < 2; ++axis) {
    if (std::abs(slice.spacing_mm[axis] - first.spacing_mm[axis]) > 1e-3 * first.spacing_mm[axis]) {
      refuse(slice.path, "slices of one series differ in pixel spacing",
             millimetres(first.spacing_mm[axis]), millimetres(slice.spacing_mm[axis]));
    }
  }
}

/// Distance of neighbouring slices. @throws for duplicate, missing and unevenly placed slices.
double slice_distance_mm(const std::vector<DicomSlice>& slices, const Point3& normal) {
  if (slices.size() == 1) {
    return slices[0].spacing_mm[2];
  }
  std::vector<double> gaps;
  for (std::size_t k = 1; k < slices.size(); ++k) {
    gaps.push_back(dot(slices[k].position_mm, normal) - dot(slices[k - 1].position_mm, normal));
    if (gaps.back() < kSamePositionMm) {
      refuse(slices[k].path, "duplicate slice", "one file per position",
             "same position as " + slices[k - 1].path.filename().string(),
             "keep one of the two files");
    }
  }
  std::vector<double> sorted = gaps;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2),
                   sorted.end());
  const double usual = sorted[sorted.size() / 2];
  for (std::size_t gap = 0; gap < gaps.size(); ++gap) {
    if (std::abs(gaps[gap] - usual) > std::max(kGapTolerance * usual, 0.02)) {
      refuse(slices[gap + 1].path,
             gaps[gap] > kMissingFactor * usual ? "missing slice" : "slices are unevenly spaced",
             millimetres(usual) + " to the slice before (" + slices[gap].path.filename().string() +
                 ")",
             millimetres(gaps[gap]), "complete the series");
    }
  }
  return (dot(slices.back().position_mm, normal) - dot(slices.front().position_mm, normal)) /
         static_cast<double>(gaps.size());
}

Geometry geometry_of_slices(const std::vector<DicomSlice>& slices, const Point3& normal) {
  const DicomSlice& first = slices.front();
  const double step = slice_distance_mm(slices, normal);
  Geometry geometry{.size = first.size};
  geometry.size[2] = static_cast<std::int64_t>(slices.size());
  for (std::size_t row = 0; row < 3; ++row) {
    geometry.world_from_index[row] = {first.row_direction[row] * first.spacing_mm[0],
                                      first.column_direction[row] * first.spacing_mm[1],
                                      normal[row] * step, first.position_mm[row]};
  }
  const auto last = static_cast<double>(slices.size() - 1);
  const double sideways =
      distance(medcl::apply(geometry.world_from_index, {0, 0, last}), slices.back().position_mm);
  if (sideways > kShearTolerance * step * std::max(last, 1.0)) {
    refuse(slices.back().path, "slices are stacked at a slant (gantry tilt)", "0 mm sideways",
           millimetres(sideways), "resample the series to a straight grid first");
  }
  return geometry;
}

std::vector<DicomSlice> sorted_slices(const DicomSeries& series, Point3& normal) {
  std::vector<DicomSlice> slices;
  const std::vector<DicomHeaderResult> headers = checked_headers(series.files);
  for (std::size_t file = 0; file < headers.size(); ++file) {
    if (const auto* error = std::get_if<Error>(&headers[file])) throw *error;
    const auto& slice = std::get<std::optional<DicomSlice>>(headers[file]);
    if (!slice) {
      refuse(series.files[file], "not a DICOM image", "", "");
    }
    check_alike(*slice, slices.empty() ? *slice : slices.front());
    slices.push_back(*slice);
  }
  if (slices.empty()) {
    fail(ErrorCode::kIo, {.what = "DICOM series has no files", .where = series.uid});
  }
  // A right-handed normal in LPS is a right-handed one in RAS: both differ by a rotation.
  normal = cross(slices[0].row_direction, slices[0].column_direction);
  std::sort(slices.begin(), slices.end(), [&](const DicomSlice& a, const DicomSlice& b) {
    const double at_a = dot(a.position_mm, normal), at_b = dot(b.position_mm, normal);
    return at_a != at_b ? at_a < at_b : a.path < b.path;
  });
  return slices;
}

std::vector<std::filesystem::path> dicom_files(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::recursive_directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->is_regular_file(error) && has_dicom_magic(entry->path())) {
      files.push_back(entry->path());
    }
  }
  if (error) {
    fail(ErrorCode::kIo,
         {.what = "cannot list the folder: " + error.message(), .where = folder.string()});
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

DicomFolder scan_dicom_folder(const std::filesystem::path& folder) {
  std::map<std::string, DicomSeries> series;
  DicomFolder result;
  const std::vector<std::filesystem::path> files = dicom_files(folder);
  std::vector<DicomHeaderResult> headers = checked_headers(files);
  for (std::size_t file = 0; file < files.size(); ++file) {
    if (auto* error = std::get_if<Error>(&headers[file])) {
      result.unreadable.emplace_back(files[file], std::move(*error));
    } else if (auto& slice = std::get<std::optional<DicomSlice>>(headers[file])) {
      DicomSeries& one = series[slice->series_uid];
      one.uid = slice->series_uid;
      one.description = slice->description;
      one.files.push_back(files[file]);
    }
  }
  for (auto& [uid, one] : series) {
    result.series.push_back(std::move(one));
  }
  return result;
}

std::vector<DicomSeries> find_dicom_series(const std::filesystem::path& folder) {
  DicomFolder found = scan_dicom_folder(folder);
  if (!found.unreadable.empty()) throw found.unreadable.front().second;
  return std::move(found.series);
}

Loaded<float> read_dicom_series(const DicomSeries& series) {
  Point3 normal{};
  const std::vector<DicomSlice> slices = sorted_slices(series, normal);
  Loaded<float> loaded;
  loaded.volume.geometry = geometry_of_slices(slices, normal);
  loaded.source.path = slices.front().path.parent_path();
  const auto total = static_cast<std::uint64_t>(loaded.volume.geometry.voxel_count());
  if (total > NiftiLimits{}.max_bytes / sizeof(float)) {
    fail(ErrorCode::kOutOfResources, {.what = "DICOM series is larger than the limit",
                                      .where = loaded.source.path.string(),
                                      .expected = {},
                                      .found = std::to_string(total) + " voxels",
                                      .remedy = {}});
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
