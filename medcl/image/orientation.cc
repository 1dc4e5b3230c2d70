// SPDX-License-Identifier: Apache-2.0
// Which matrix of a NIfTI header says where the voxels lie.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

constexpr double kCornerToleranceMm = 0.1;
constexpr const char* kAssumeRemedy =
    "correct the file, or say which to trust: --assume sform|qform|spacing";

std::string to_text(const Affine& affine) {
  std::string text = "[";
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 4; ++column) {
      char value[32];
      std::snprintf(value, sizeof value, "%.6g", affine[row][column]);
      text += (column > 0 ? " " : row > 0 ? "; " : "") + std::string(value);
    }
  }
  return text + "]";
}

Size3 size_of_header(const NiftiHeader& header) {
  Size3 size{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis) {
    size[axis] = header.dim[0] > axis ? std::max<std::int64_t>(header.dim[axis + 1], 0) : 1;
  }
  return size;
}

Point3 spacing_of_header(const NiftiHeader& header) {
  Point3 spacing{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis) {
    const double given = std::abs(header.pixdim[axis + 1]);
    spacing[axis] = (header.dim[0] > axis && given > 0) ? given : 1;
  }
  return spacing;
}

Affine affine_of_spacing(const NiftiHeader& header) {
  const Point3 spacing = spacing_of_header(header);
  return {{{spacing[0], 0, 0, 0}, {0, spacing[1], 0, 0}, {0, 0, spacing[2], 0}}};
}

// nifti1.h, method 2; a quaternion longer than 1 is scaled to length 1 as in the reference code.
Affine affine_of_qform(const NiftiHeader& header) {
  auto [b, c, d] = header.quaternion_bcd;
  double a = 1 - (b * b + c * c + d * d);
  if (a < 1e-7) {
    const double length = std::sqrt(b * b + c * c + d * d);
    b /= length;
    c /= length;
    d /= length;
    a = 0;
  } else {
    a = std::sqrt(a);
  }
  Point3 s = spacing_of_header(header);
  s[2] *= header.pixdim[0] < 0 ? -1 : 1;
  const auto& o = header.qoffset_mm;
  return {{{(a * a + b * b - c * c - d * d) * s[0], 2 * (b * c - a * d) * s[1],
            2 * (b * d + a * c) * s[2], o[0]},
           {2 * (b * c + a * d) * s[0], (a * a + c * c - b * b - d * d) * s[1],
            2 * (c * d - a * b) * s[2], o[1]},
           {2 * (b * d - a * c) * s[0], 2 * (c * d + a * b) * s[1],
            (a * a + d * d - c * c - b * b) * s[2], o[2]}}};
}

bool is_usable(const Affine& affine) {
  for (const auto& row : affine) {
    if (!std::all_of(row.begin(), row.end(), [](double v) { return std::isfinite(v); })) {
      return false;
    }
  }
  try {
    static_cast<void>(inverse(affine));
  } catch (const Error&) {
    return false;
  }
  return true;
}

/// Largest distance between the eight corners of the grid under the two matrices.
double corner_distance_mm(const Affine& a, const Affine& b, const Size3& size) {
  double largest = 0;
  for (int corner = 0; corner < 8; ++corner) {
    Point3 index{};
    for (int axis = 0; axis < 3; ++axis) {
      index[axis] = ((corner >> axis) & 1) != 0 ? static_cast<double>(size[axis]) - 0.5 : -0.5;
    }
    const Point3 p = medcl::apply(a, index), q = medcl::apply(b, index);
    largest = std::max(largest, std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]));
  }
  return largest;
}

/// One run of geometry_of: the candidates of a header and where to report.
struct Chooser {
  const NiftiHeader& header;
  const std::string& name;
  const std::string& assume;
  Findings& findings;
  Affine sform, qform, spacing;

  void report(Severity severity, const char* id, std::string what, std::string found) {
    findings.push_back(
        {.severity = severity,
         .id = id,
         .problem = {.what = std::move(what),
                     .where = name,
                     .expected = {},
                     .found = std::move(found),
                     .remedy = severity == Severity::kError ? kAssumeRemedy
                                                            : "used " + assume + " as asked"}});
  }

  [[nodiscard]] Severity when_assumed() const {
    return assume.empty() ? Severity::kError : Severity::kWarning;
  }

  Affine assumed(const Affine& fallback) {
    const Affine& chosen = assume == "sform"     ? sform
                           : assume == "qform"   ? qform
                           : assume == "spacing" ? spacing
                                                 : fallback;
    if (!is_usable(chosen)) {
      report(Severity::kError, "singular-orientation", "the assumed matrix has no inverse",
             to_text(chosen));
      return spacing;
    }
    return chosen;
  }

  Affine choose(const Size3& size) {
    const bool has_sform = header.sform_code > 0, has_qform = header.qform_code > 0;
    if (!has_sform && !has_qform) {
      report(when_assumed(), "no-orientation",
             "the file names no orientation (sform and qform code 0)", "");
      return assumed(spacing);
    }
    if ((has_sform && !is_usable(sform)) || (has_qform && !is_usable(qform))) {
      const bool bad_sform = has_sform && !is_usable(sform);
      report(when_assumed(), "singular-orientation",
             std::string(bad_sform ? "sform" : "qform") + " matrix has no inverse",
             to_text(bad_sform ? sform : qform));
      return assumed(spacing);
    }
    if (has_sform && has_qform && conflict(size)) {
      return assumed(sform);
    }
    if (has_sform && is_sheared(sform)) {
      report(when_assumed(), "sheared", "axes are not at right angles", "sform " + to_text(sform));
      return assumed(sform);
    }
    return has_sform ? sform : qform;
  }

  bool conflict(const Size3& size) {
    const double distance = corner_distance_mm(sform, qform, size);
    if (distance <= kCornerToleranceMm) {
      return false;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", distance);
    report(when_assumed(), "orientation-conflict",
           "sform and qform contradict each other by " + std::string(text) + " mm",
           "sform " + to_text(sform) + ", qform " + to_text(qform));
    return true;
  }
};

void check_unit(const NiftiHeader& header, const std::string& name, Findings& findings) {
  const int unit = header.xyzt_units & 7;
  if (unit == 0 || unit == 2) return;
  const bool known = unit == 1 || unit == 3;
  findings.push_back(
      {.severity = known ? Severity::kWarning : Severity::kError,
       .id = "unit-not-mm",
       .problem = {.what = known ? "unit of space is not millimetre; converted"
                                 : "unit of space does not exist",
                   .where = name,
                   .expected = "xyzt_units 2 (mm) or 0",
                   .found = unit == 1   ? "1 (metre)"
                            : unit == 3 ? "3 (micrometre)"
                                        : std::to_string(unit),
                   .remedy = known ? "" : "correct the header (ITK-SNAP, 3D Slicer)"}});
}

Affine in_mm(Affine affine, const NiftiHeader& header) {
  for (auto& row : affine) {
    for (double& value : row) value *= unit_mm(header);
  }
  return affine;
}

}  // namespace

bool is_sheared(const Affine& world_from_index) {
  constexpr double kLargestCosine = 1e-4;
  const Point3 length = Geometry{.world_from_index = world_from_index}.spacing_mm();
  for (std::size_t one = 0; one < 3; ++one) {
    const std::size_t two = (one + 1) % 3;
    double dot = 0;
    for (const auto& row : world_from_index) dot += row[one] * row[two];
    if (std::abs(dot) > kLargestCosine * length[one] * length[two]) return true;
  }
  return false;
}

Geometry geometry_of(const NiftiHeader& header, const std::string& name, const std::string& assume,
                     Findings& findings) {
  Affine sform{};
  for (std::size_t row = 0; row < 3; ++row) {
    std::copy(header.srow[row].begin(), header.srow[row].end(), sform[row].begin());
  }
  Geometry geometry{.size = size_of_header(header)};
  check_unit(header, name, findings);
  Chooser chooser{header,
                  name,
                  assume,
                  findings,
                  in_mm(sform, header),
                  in_mm(affine_of_qform(header), header),
                  in_mm(affine_of_spacing(header), header)};
  geometry.world_from_index = chooser.choose(geometry.size);
  return geometry;
}

}  // namespace medcl
