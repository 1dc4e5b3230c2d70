// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/dicom_plane.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "medcl/core/error.h"
#include "medcl/format/spacing_remedy.h"

namespace medcl {
namespace {

constexpr double kNotSaid = std::numeric_limits<double>::quiet_NaN();
constexpr Point3 kNowhere{kNotSaid, kNotSaid, kNotSaid};
constexpr double kUnitTolerance = 1e-2;  ///< of a direction's length, and of the right angle
constexpr double kLargestMm = 1e5;

constexpr const char* kAxesRemedy =
    "correct the file, or take the array's own axes with --assume spacing";
constexpr const char* kNumberRemedy =
    "correct the files, or import or predict with --assume spacing --spacing X,Y,Z: slices in the "
    "order of their InstanceNumber, Z mm from one to the next";

bool is_said(double value) { return !std::isnan(value); }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> dicom_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

std::optional<std::vector<double>> lengths(const std::string& text, std::size_t count) {
  const auto numbers = dicom_numbers(text, count);
  const auto is_length = [](double mm) { return mm > 0 && mm < kLargestMm; };
  if (!numbers || !std::all_of(numbers->begin(), numbers->end(), is_length)) return {};
  return numbers;
}

/// A point or direction in the patient, from DICOM's LPS.
Point3 ras(const std::vector<double>& lps, std::size_t first) {
  return {-lps[first], -lps[first + 1], lps[first + 2]};
}

double dot(const Point3& a, const Point3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Point3 scaled_to_one(const Point3& direction) {
  const double length = std::sqrt(dot(direction, direction));
  return {direction[0] / length, direction[1] / length, direction[2] / length};
}

bool are_axes(const Point3& row, const Point3& column) {
  return std::abs(dot(row, row) - 1) < kUnitTolerance &&
         std::abs(dot(column, column) - 1) < kUnitTolerance &&
         std::abs(dot(row, column)) < kUnitTolerance;
}

struct Tag {
  const char* name;      ///< "PixelSpacing (0028,0030)"
  const char* expected;  ///< what it should hold
};

[[noreturn]] void refuse_tag(const DicomSlice& slice, const Tag& tag, const std::string& text,
                             const std::string& remedy) {
  const bool empty = trimmed(text).empty();
  fail(ErrorCode::kIo, {.what = std::string("DICOM tag ") + tag.name +
                                (empty ? " is missing or empty" : " is not what it should be"),
                        .where = slice.path.string(),
                        .expected = tag.expected,
                        .found = empty ? "" : "'" + text + "'",
                        .remedy = remedy});
}

void complete_spacing(DicomSlice& slice, const ReadOptions& options, bool alone) {
  const auto& given = options.spacing_mm;
  for (const std::size_t axis : {0, 1}) {
    if (is_said(slice.spacing_mm[axis])) continue;
    if (!given) {
      refuse_tag(slice, {"PixelSpacing (0028,0030)", "two lengths in mm such as 0.8\\0.8"},
                 slice.tags.pixel_spacing, kSpacingRemedy);
    }
    slice.spacing_mm[axis] = (*given)[axis];
  }
  if (is_said(slice.spacing_mm[2])) return;
  if (given) {
    slice.spacing_mm[2] = (*given)[2];
  } else if (alone) {
    refuse_tag(slice, {"SliceThickness (0018,0050)", "a length in mm, as the slice is alone"},
               slice.tags.thickness, kSpacingRemedy);
  }
}

void complete_axes(DicomSlice& slice, bool assume_own_axes) {
  if (is_said(slice.row_direction[0])) return;
  if (!assume_own_axes) {
    refuse_tag(
        slice,
        {"ImageOrientationPatient (0020,0037)", "two directions at right angles: six numbers"},
        slice.tags.orientation, kAxesRemedy);
  }
  slice.row_direction = {1, 0, 0};
  slice.column_direction = {0, 1, 0};
}

bool says_position(const DicomSlice& slice) { return is_said(slice.position_mm[0]); }

[[noreturn]] void refuse_position(const DicomSlice& slice, const std::string& remedy) {
  refuse_tag(slice, {"ImagePositionPatient (0020,0032)", "three numbers in mm"},
             slice.tags.position, remedy);
}

/// InstanceNumber; nullopt where it is missing or no number of DICOM's type IS.
std::optional<std::int64_t> number_of(const DicomSlice& slice) {
  constexpr double kLargestNumber = 2147483648.0;
  const auto number = dicom_number(slice.tags.number);
  if (!number || std::abs(*number) > kLargestNumber || *number != std::floor(*number)) return {};
  return static_cast<std::int64_t>(*number);
}

/// Without repetition, sorted. @throws Error(kIo) where they do not tell the slices apart.
std::vector<std::int64_t> numbers_of(const std::vector<DicomSlice>& slices) {
  const auto refuse = [](const DicomSlice& slice, const std::string& found) {
    fail(ErrorCode::kIo,
         {.what = "neither ImagePositionPatient (0020,0032) nor a usable InstanceNumber "
                  "(0020,0013) says where the slices lie",
          .where = slice.path.string(),
          .expected = "a position, or another number for each slice",
          .found = found,
          .remedy = "export the series again with its positions, or convert it to NIfTI"});
  };
  std::vector<std::int64_t> numbers;
  for (const DicomSlice& slice : slices) {
    const auto number = number_of(slice);
    const std::string& text = slice.tags.number;
    if (!number) {
      refuse(slice, text.empty() ? "no InstanceNumber" : "InstanceNumber '" + text + "'");
    }
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (numbers.size() == 1) {
    refuse(slices.front(), "InstanceNumber " + std::to_string(numbers.front()) + " in all " +
                               std::to_string(slices.size()) + " files");
  }
  return numbers;
}

/// "1, 2, 4", and of many those around `odd`.
std::string text_of(const std::vector<std::int64_t>& numbers, std::size_t odd) {
  constexpr std::size_t kShown = 8;
  const std::size_t begin = odd < kShown ? 0 : odd - kShown / 2;
  const std::size_t end = std::min(numbers.size(), begin + kShown + 1);
  std::string text = begin > 0 ? "..., " : "";
  for (std::size_t k = begin; k < end; ++k) {
    text += (k > begin ? ", " : "") + std::to_string(numbers[k]);
  }
  return text + (end < numbers.size() ? ", ..." : "");
}

/// Where the steps differ a slice may be missing, and nothing says how far apart the others lie.
void require_common_step(const std::vector<std::int64_t>& numbers, const DicomSlice& first) {
  const std::int64_t step = numbers[1] - numbers[0];
  for (std::size_t k = 2; k < numbers.size(); ++k) {
    if (numbers[k] - numbers[k - 1] == step) continue;
    fail(ErrorCode::kIo,
         {.what = "the numbers of slices without ImagePositionPatient (0020,0032) have no common "
                  "step: a slice may be missing",
          .where = first.path.parent_path().string(),
          .expected = "numbers such as 1, 2, 3 or 1, 3, 5",
          .found = "InstanceNumber " + text_of(numbers, k),
          .remedy = "complete the series, or take out the slices that do not belong to it"});
  }
}

/// Across the slice, at this distance from the origin.
Point3 point_across(const DicomSlice& slice, double at_mm) {
  const Point3 &r = slice.row_direction, &c = slice.column_direction;
  return {at_mm * (r[1] * c[2] - r[2] * c[1]), at_mm * (r[2] * c[0] - r[0] * c[2]),
          at_mm * (r[0] * c[1] - r[1] * c[0])};
}

}  // namespace

std::optional<std::vector<double>> dicom_numbers(const std::string& text, std::size_t count) {
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\\', begin), text.size());
    const auto number = dicom_number(std::string_view(text).substr(begin, end - begin));
    if (!number || numbers.size() == count) return {};
    numbers.push_back(*number);
    begin = end + 1;
  }
  if (numbers.size() != count) return {};
  return numbers;
}

void place_by_tags(DicomSlice& slice) {
  slice.position_mm = slice.row_direction = slice.column_direction = slice.spacing_mm = kNowhere;
  if (const auto spacing = lengths(slice.tags.pixel_spacing, 2)) {
    slice.spacing_mm = {(*spacing)[1], (*spacing)[0], kNotSaid};  // between rows, between columns
  }
  for (const std::string* text : {&slice.tags.slice_distance, &slice.tags.thickness}) {
    if (const auto length = lengths(*text, 1)) slice.spacing_mm[2] = length->front();
  }
  if (const auto position = dicom_numbers(slice.tags.position, 3)) {
    slice.position_mm = ras(*position, 0);
  }
  if (const auto axes = dicom_numbers(slice.tags.orientation, 6)) {
    const Point3 row = ras(*axes, 0), column = ras(*axes, 3);
    if (!are_axes(row, column)) return;
    slice.row_direction = scaled_to_one(row);
    slice.column_direction = scaled_to_one(column);
  }
}

void complete_plane(DicomSlice& slice, const ReadOptions& options, bool alone) {
  const bool assume_own_axes = options.assume == "spacing";
  complete_spacing(slice, options, alone);
  complete_axes(slice, assume_own_axes);
  if (!alone || says_position(slice)) return;
  if (!assume_own_axes) refuse_position(slice, kAxesRemedy);
  slice.position_mm = {0, 0, 0};
}

void place_by_number(std::vector<DicomSlice>& slices, const ReadOptions& options) {
  const auto lost = std::find_if_not(slices.begin(), slices.end(), says_position);
  if (lost == slices.end()) return;
  if (std::any_of(slices.begin(), slices.end(), says_position)) {
    refuse_position(*lost, "other slices of the series have it: correct the file or take it out");
  }
  if (options.assume != "spacing" || !options.spacing_mm) refuse_position(*lost, kNumberRemedy);
  const std::vector<std::int64_t> numbers = numbers_of(slices);
  require_common_step(numbers, slices.front());
  for (DicomSlice& slice : slices) {
    const auto place = std::lower_bound(numbers.begin(), numbers.end(), number_of(slice).value());
    const auto rank = static_cast<double>(place - numbers.begin());
    slice.position_mm = point_across(slice, rank * (*options.spacing_mm)[2]);
  }
}

double position_step_mm(const DicomSlice& slice) {
  const std::string& text = slice.tags.position;
  if (text.empty() || text.find_first_of("eE") != std::string::npos) return 0;
  std::size_t most = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\\', begin), text.size());
    const std::string_view number = trimmed(std::string_view(text).substr(begin, end - begin));
    const std::size_t point = number.find('.');
    if (point != std::string_view::npos) most = std::max(most, number.size() - point - 1);
    begin = end + 1;
  }
  return std::pow(10.0, -static_cast<double>(most));
}

}  // namespace medcl
