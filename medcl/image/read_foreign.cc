// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/read_foreign.h"

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/format/spacing_remedy.h"
#include "medcl/image/axis_length.h"
#include "medcl/image/itk_bridge.h"

namespace medcl {
namespace {

constexpr std::size_t kSeriesShown = 4;

/// What a header lacks or has wrong: an error unless the user said what to take.
struct Doubt {
  const char *id, *what, *expected, *remedy;
};

constexpr Doubt kNoOrientation{"no-orientation", "the file names no orientation",
                               "space: RAS, LAS or LPS, and space directions",
                               "correct the file, or use --assume spacing"};
constexpr Doubt kSheared{"sheared", "axes are not at right angles", "a grid of boxes",
                         "resample the image, or take its spacing alone with --assume spacing"};

void report(Findings& findings, const Doubt& doubt, const std::filesystem::path& path,
            bool assumed) {
  findings.push_back({.severity = assumed ? Severity::kWarning : Severity::kError,
                      .id = doubt.id,
                      .problem = {.what = doubt.what,
                                  .where = path.string(),
                                  .expected = doubt.expected,
                                  .found = {},
                                  .remedy = assumed ? "used spacing as asked" : doubt.remedy}});
  if (!assumed) fail(ErrorCode::kInvalidData, findings.back().problem);
}

Affine grid_of(const Point3& spacing_mm) {
  return {{{spacing_mm[0], 0, 0, 0}, {0, spacing_mm[1], 0, 0}, {0, 0, spacing_mm[2], 0}}};
}

[[noreturn]] void refuse_without_spacing(const std::filesystem::path& path, const char* field) {
  fail(ErrorCode::kInvalidData, {.what = std::string("header field '") + field + "' is missing",
                                 .where = path.string(),
                                 .expected = "the size of a voxel in mm",
                                 .found = {},
                                 .remedy = kSpacingRemedy});
}

void to_millimetres(Geometry& geometry, double unit_mm) {
  for (auto& row : geometry.world_from_index) {
    for (double& value : row) value *= unit_mm;
  }
}

std::string names_of(const std::vector<DicomSeries>& series) {
  std::string names;
  for (std::size_t k = 0; k < series.size() && k < kSeriesShown; ++k) {
    names += (k == 0 ? ": " : ", ") + series[k].uid + " (" +
             std::to_string(series[k].files.size()) + " files)";
  }
  return names + (series.size() > kSeriesShown ? ", ..." : "");
}

bool is_meant(const DicomSeries& series, const std::string& uid) {
  return uid.empty() || (series.uid.size() >= uid.size() && series.uid.ends_with(uid));
}

}  // namespace

Loaded<float> read_foreign(const std::filesystem::path& path, ForeignFormat format,
                           const ReadOptions& options) {
  const ForeignHeader header = check_foreign_header(read_file(path, options.limits.max_bytes),
                                                    format, path.string(), options.limits);
  const bool assumed = options.assume == "spacing";
  Loaded<float> loaded;
  loaded.source.path = path;
  if (!header.names_spacing && !options.spacing_mm) {
    refuse_without_spacing(path, header.spacing_field);
  }
  if (!header.names_orientation) report(loaded.findings, kNoOrientation, path, assumed);
  loaded.volume = read_with_itk(path, header);
  Geometry& geometry = loaded.volume.geometry;
  to_millimetres(geometry, header.unit_mm);
  for (std::size_t axis = 0; axis < 3 && !header.names_spacing; ++axis) {
    set_length(geometry, axis, (*options.spacing_mm)[axis]);
  }
  if (!header.names_thickness) complete_thickness(geometry, path, options, loaded.findings);
  if (is_sheared(geometry.world_from_index)) {
    report(loaded.findings, kSheared, path, assumed);
    geometry.world_from_index = grid_of(geometry.spacing_mm());
  }
  return loaded;
}

Loaded<float> read_dicom_folder(const std::filesystem::path& folder, const ReadOptions& options) {
  const DicomFolder found = scan_dicom_folder(folder);
  if (found.series.empty() && !found.unreadable.empty()) throw found.unreadable.front().second;
  std::vector<DicomSeries> series =
      options.merge_series ? merge_dicom_series(found.series) : found.series;
  std::erase_if(series, [&](const DicomSeries& one) { return !is_meant(one, options.series); });
  if (series.size() != 1) {
    const bool none = found.series.empty();
    const bool split = !options.merge_series && is_split_stack(found.series);
    fail(
        ErrorCode::kIo,
        {.what = options.series.empty() ? "folder does not hold exactly one DICOM series"
                                        : "not one DICOM series of this name: " + options.series,
         .where = folder.string(),
         .expected = "1",
         .found = std::to_string(series.size()) + names_of(series.empty() ? found.series : series),
         .remedy = none    ? "give a folder with DICOM images"
                   : split ? "slices of one stack have a series each: join them with --merge-series"
                           : "choose one with --series UID, or put each into its own folder"});
  }
  Loaded<float> loaded = read_dicom_series(series.front(), options);
  Findings unreadable = unreadable_findings(found);
  loaded.findings.insert(loaded.findings.end(), unreadable.begin(), unreadable.end());
  return loaded;
}

}  // namespace medcl
