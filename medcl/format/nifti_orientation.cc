// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "medcl/format/nifti_layout.h"

namespace medcl::nifti {
namespace {

constexpr double kLargestPosition = 1e9;
constexpr double kQuaternionTolerance = 1e-4;

int read_code(const Source& source, Field field, const char* name) {
  const std::int64_t code = source.integer(field);
  if (code < 0) {
    refuse(source.name, name, "is negative", "0 or more", std::to_string(code));
  }
  return static_cast<int>(code);
}

double read_position(const Source& source, Field field, std::size_t index, bool used,
                     const std::string& name) {
  const double value = source.number(field, index);
  if (used && !(std::abs(value) <= kLargestPosition)) {
    refuse(source.name, name, "is not a plausible number",
           "at most " + text_of(kLargestPosition) + " mm", text_of(value));
  }
  return value;
}

void read_qform(const Source& source, NiftiHeader& header) {
  const Layout& layout = *source.layout;
  header.qform_code = read_code(source, layout.qform_code, "qform_code");
  const bool used = header.qform_code > 0;
  double squares = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string axis(1, static_cast<char>('b' + i));
    header.quaternion_bcd[i] = read_position(source, layout.quatern, i, used, "quatern_" + axis);
    squares += header.quaternion_bcd[i] * header.quaternion_bcd[i];
  }
  if (used && squares > 1 + kQuaternionTolerance) {
    refuse(source.name, "quatern_b, quatern_c, quatern_d", "are not part of a unit quaternion",
           "b^2 + c^2 + d^2 at most 1", text_of(squares));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string axis(1, static_cast<char>('x' + i));
    header.qoffset_mm[i] = read_position(source, layout.qoffset, i, used, "qoffset_" + axis);
  }
  const double qfac = source.number(layout.pixdim);
  if (used && qfac != -1 && qfac != 0 && qfac != 1) {
    refuse(source.name, "pixdim[0]", "is not a handedness (qfac)", "-1, 0 or 1", text_of(qfac));
  }
  header.pixdim[0] = qfac == -1 ? -1 : 1;
}

void read_sform(const Source& source, NiftiHeader& header) {
  header.sform_code = read_code(source, source.layout->sform_code, "sform_code");
  for (std::size_t row = 0; row < 3; ++row) {
    std::string name = "srow_";
    name += static_cast<char>('x' + row);
    for (std::size_t column = 0; column < 4; ++column) {
      header.srow[row][column] =
          read_position(source, source.layout->srow, 4 * row + column, header.sform_code > 0,
                        name + "[" + std::to_string(column) + "]");
    }
  }
}

}  // namespace

void read_orientation(const Source& source, NiftiHeader& header) {
  read_qform(source, header);
  read_sform(source, header);
}

}  // namespace medcl::nifti
