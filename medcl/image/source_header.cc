// SPDX-License-Identifier: Apache-2.0
// NIfTI headers for volumes that come from no NIfTI file.

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

using Rotation = std::array<std::array<double, 3>, 3>;

/// b, c, d of the unit quaternion with a >= 0 (nifti1.h, nifti_mat44_to_quatern).
std::array<double, 3> quaternion_of(const Rotation& r) {
  const double trace = r[0][0] + r[1][1] + r[2][2];
  if (trace > 0) {
    const double a = 0.5 * std::sqrt(trace + 1);
    return {0.25 * (r[2][1] - r[1][2]) / a, 0.25 * (r[0][2] - r[2][0]) / a,
            0.25 * (r[1][0] - r[0][1]) / a};
  }
  // The largest diagonal element gives the largest component, so that nothing is divided by ~0.
  int largest = 0;
  for (int axis = 1; axis < 3; ++axis) {
    largest = r[axis][axis] > r[largest][largest] ? axis : largest;
  }
  const int next = (largest + 1) % 3, last = (largest + 2) % 3;
  std::array<double, 3> bcd{};
  bcd[largest] =
      0.5 * std::sqrt(std::max(0.0, 1 + r[largest][largest] - r[next][next] - r[last][last]));
  const double scale = 0.25 / bcd[largest];
  bcd[next] = scale * (r[largest][next] + r[next][largest]);
  bcd[last] = scale * (r[largest][last] + r[last][largest]);
  if (scale * (r[last][next] - r[next][last]) < 0) {  // a < 0: the opposite quaternion
    bcd = {-bcd[0], -bcd[1], -bcd[2]};
  }
  return bcd;
}

}  // namespace

SourceHeader make_source_header(const Geometry& geometry) {
  const Affine& affine = geometry.world_from_index;
  static_cast<void>(inverse(affine));  // refuses singular matrices
  const Point3 spacing = geometry.spacing_mm();
  Rotation rotation{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      rotation[row][column] = affine[row][column] / spacing[column];
    }
  }
  const auto& r = rotation;
  const double determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
                             r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
                             r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
  if (determinant < 0) {
    for (auto& row : rotation) {
      row[2] = -row[2];
    }
  }
  NiftiHeader header;
  header.dim = {3, geometry.size[0], geometry.size[1], geometry.size[2], 1, 1, 1, 1};
  header.pixdim = {determinant < 0 ? -1.0 : 1.0, spacing[0], spacing[1], spacing[2], 1, 1, 1, 1};
  header.sform_code = header.qform_code = 1;
  header.quaternion_bcd = quaternion_of(rotation);
  header.qoffset_mm = {affine[0][3], affine[1][3], affine[2][3]};
  header.srow = affine;
  header.xyzt_units = 2;
  return {.path = {}, .nifti = std::move(header)};
}

}  // namespace medcl
