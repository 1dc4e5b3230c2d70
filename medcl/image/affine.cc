// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/affine.h"

#include <cmath>

#include "medcl/core/error.h"

namespace medcl {

Affine2 compose(const Affine2& outer, const Affine2& inner) {
  Affine2 result{};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      result[row][column] = outer[row][0] * inner[0][column] + outer[row][1] * inner[1][column] +
                            (column == 2 ? outer[row][2] : 0);
    }
  }
  return result;
}

Affine2 inverse(const Affine2& affine) {
  const double det = affine[0][0] * affine[1][1] - affine[0][1] * affine[1][0];
  check(std::isfinite(det) && det != 0, "inverse of a singular plane transform");
  Affine2 result{
      {{affine[1][1] / det, -affine[0][1] / det, 0}, {-affine[1][0] / det, affine[0][0] / det, 0}}};
  for (auto& row : result) {
    row[2] = -(row[0] * affine[0][2] + row[1] * affine[1][2]);
  }
  return result;
}

Affine3 slice_by_slice(const Affine2& plane, double scale, double offset) {
  return {{{scale, 0, 0, offset},
           {0, plane[1][1], plane[1][0], plane[1][2]},
           {0, plane[0][1], plane[0][0], plane[0][2]}}};
}

Affine2 rotation_about_centre(const PlaneSize& size, double radians) {
  double cosine = std::cos(radians), sine = std::sin(radians);
  if (std::abs(cosine) < 1e-15 || std::abs(sine) < 1e-15) {  // quarter turns move whole pixels
    cosine = std::round(cosine);
    sine = std::round(sine);
  }
  const double centre_x = static_cast<double>(size.width - 1) / 2;
  const double centre_y = static_cast<double>(size.height - 1) / 2;
  return {{{cosine, -sine, centre_x - cosine * centre_x + sine * centre_y},
           {sine, cosine, centre_y - sine * centre_x - cosine * centre_y}}};
}

Affine2 scaling(const PlaneSize& from, const PlaneSize& to) {
  const double scale_x = static_cast<double>(from.width) / static_cast<double>(to.width);
  const double scale_y = static_cast<double>(from.height) / static_cast<double>(to.height);
  return {{{scale_x, 0, 0.5 * scale_x - 0.5}, {0, scale_y, 0.5 * scale_y - 0.5}}};
}

}  // namespace medcl
