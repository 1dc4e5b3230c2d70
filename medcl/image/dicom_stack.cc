// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/dicom_stack.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/image/dicom_plane.h"

namespace medcl {
namespace {

constexpr double kSamePositionMm = 1e-3;
constexpr double kDirectionTolerance = 1e-4;
constexpr double kShearTolerance = 1e-2;  ///< of the slice distance; beyond it the gantry is tilted
constexpr double kGapTolerance = 0.05;    ///< relative to the usual gap
constexpr double kGapToleranceMm = 0.02;
constexpr double kMissingFactor = 1.5;  ///< a gap this much larger lacks a slice

Point3 cross(const Point3& a, const Point3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Point3& a, const Point3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

double distance(const Point3& a, const Point3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// A right-handed normal in LPS is a right-handed one in RAS: both differ by a rotation.
Point3 normal_of(const DicomSlice& slice) {
  return cross(slice.row_direction, slice.column_direction);
}

std::string millimetres(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g mm", value);
  return text;
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
           std::to_string(slice.components), "convert it to grey values");
  }
  if (slice.size != first.size) {
    refuse(slice.path, "slices of one series differ in size",
           std::to_string(first.size[0]) + " x " + std::to_string(first.size[1]),
           std::to_string(slice.size[0]) + " x " + std::to_string(slice.size[1]),
           "put slices of each size into a folder of their own");
  }
  if (distance(slice.row_direction, first.row_direction) > kDirectionTolerance ||
      distance(slice.column_direction, first.column_direction) > kDirectionTolerance) {
    refuse(slice.path, "slices of one series differ in orientation",
           "that of " + first.path.filename().string(), "another",
           "put slices of each orientation into a folder of their own");
  }
  for (const std::size_t axis : {0, 1}) {
    if (std::abs(slice.spacing_mm[axis] - first.spacing_mm[axis]) > 1e-3 * first.spacing_mm[axis]) {
      refuse(slice.path, "slices of one series differ in pixel spacing",
             millimetres(first.spacing_mm[axis]), millimetres(slice.spacing_mm[axis]),
             "put slices of each spacing into a folder of their own");
    }
  }
}

[[noreturn]] void refuse_duplicate(const DicomSlice& slice, const DicomSlice& before) {
  const std::string other = before.path.filename().string();
  if (read_file(slice.path) == read_file(before.path)) {
    refuse(slice.path, "duplicate slice: the file is there twice", "one file per position",
           "the same bytes as " + other, "remove one of the two files");
  }
  refuse(slice.path, "duplicate slice: the series holds several images of one position",
         "one file per position", "another image at the position of " + other,
         "keep one echo, phase or repetition per folder; "
         "of merged or mixed series choose one with --series UID");
}

std::vector<double> heights_of(const std::vector<DicomSlice>& slices, const Point3& normal) {
  std::vector<double> heights;
  for (const DicomSlice& slice : slices) heights.push_back(dot(slice.position_mm, normal));
  return heights;
}

/// How far the rounding of a written position can move it along the normal.
double rounding_mm(const std::vector<DicomSlice>& slices, const Point3& normal) {
  double step = 0;
  for (const DicomSlice& slice : slices) {
    const double one = position_step_mm(slice);
    step = step == 0 ? one : std::min(step, one);
  }
  return step * (std::abs(normal[0]) + std::abs(normal[1]) + std::abs(normal[2]));
}

/// Whether every slice lies within `tolerance_mm` of an even grid from the first to the last.
bool is_even_within(const std::vector<double>& heights, double tolerance_mm) {
  const double step = (heights.back() - heights.front()) / static_cast<double>(heights.size() - 1);
  if (tolerance_mm > step / 2) return false;  // then a missing slice could hide
  for (std::size_t k = 0; k < heights.size(); ++k) {
    const double even = heights.front() + static_cast<double>(k) * step;
    if (std::abs(heights[k] - even) > tolerance_mm + 1e-9) return false;
  }
  return true;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The first gap that is not the usual one; the number of gaps when all are.
std::size_t odd_gap(const std::vector<double>& gaps, double usual) {
  std::size_t gap = 0;
  while (gap < gaps.size() &&
         std::abs(gaps[gap] - usual) <= std::max(kGapTolerance * usual, kGapToleranceMm)) {
    ++gap;
  }
  return gap;
}

/// `odd`: the first gap that is not the usual one.
[[noreturn]] void refuse_uneven(const std::vector<DicomSlice>& slices,
                                const std::vector<double>& gaps, double usual, std::size_t odd) {
  const auto widest = std::max_element(gaps.begin(), gaps.end());
  const bool missing = *widest > kMissingFactor * usual;
  const std::size_t gap =
      missing ? static_cast<std::size_t>(std::distance(gaps.begin(), widest)) : odd;
  refuse(slices[gap + 1].path, missing ? "missing slice" : "slices are unevenly spaced",
         millimetres(usual) + " to the slice before (" + slices[gap].path.filename().string() + ")",
         millimetres(gaps[gap]),
         missing ? "complete the series" : "resample the series to an even grid first");
}

double slice_distance_mm(const std::vector<DicomSlice>& slices, const Point3& normal,
                         Findings& findings) {
  if (slices.size() == 1) return slices[0].spacing_mm[2];
  const std::vector<double> heights = heights_of(slices, normal);
  std::vector<double> gaps;
  for (std::size_t k = 1; k < slices.size(); ++k) {
    gaps.push_back(heights[k] - heights[k - 1]);
    if (gaps.back() < kSamePositionMm) refuse_duplicate(slices[k], slices[k - 1]);
  }
  const double step = (heights.back() - heights.front()) / static_cast<double>(gaps.size());
  const double usual = median(gaps), rounding = rounding_mm(slices, normal);
  const std::size_t odd = odd_gap(gaps, usual);
  if (odd == gaps.size()) return step;
  if (!is_even_within(heights, rounding)) refuse_uneven(slices, gaps, usual, odd);
  findings.push_back(
      {.severity = Severity::kWarning,
       .id = "rounded-positions",
       .problem = {
           .what = "positions of slices were rounded; they are taken as even",
           .where = slices[0].path.parent_path().string(),
           .expected = millimetres(step) + " from slice to slice",
           .found = millimetres(gaps[odd]) + " at " + slices[odd + 1].path.filename().string(),
           .remedy = {}}});
  return step;
}

}  // namespace

void sort_into_stack(std::vector<DicomSlice>& slices, const ReadOptions& options) {
  for (DicomSlice& slice : slices) {
    complete_plane(slice, options, slices.size() == 1);
    check_alike(slice, slices.front());
  }
  if (slices.size() > 1) place_by_number(slices, options);
  const Point3 normal = normal_of(slices.front());
  std::sort(slices.begin(), slices.end(), [&](const DicomSlice& a, const DicomSlice& b) {
    const double at_a = dot(a.position_mm, normal), at_b = dot(b.position_mm, normal);
    return at_a != at_b ? at_a < at_b : a.path < b.path;
  });
}

Geometry geometry_of_stack(const std::vector<DicomSlice>& slices, Findings& findings) {
  const DicomSlice& first = slices.front();
  const Point3 normal = normal_of(first);
  const double step = slice_distance_mm(slices, normal, findings);
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
  const double rounding = rounding_mm(slices, {1, 1, 1});
  if (sideways > std::max(kShearTolerance * step * std::max(last, 1.0), rounding)) {
    refuse(slices.back().path, "slices are stacked at a slant (gantry tilt)", "0 mm sideways",
           millimetres(sideways), "resample the series to a straight grid first");
  }
  return geometry;
}

}  // namespace medcl
