// SPDX-License-Identifier: Apache-2.0
// Texts of the tags that place a slice: a plane that is accepted is finite, of positive pixels and
// unit axes; whatever is refused is refused in one line.

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "fuzz/one_line.h"
#include "medcl/image/dicom_plane.h"

namespace {

/// The text up to the next line feed, which is taken away.
std::string next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  medcl::DicomSlice slice{.path = "fuzz"};
  for (std::string* tag : {&slice.tags.pixel_spacing, &slice.tags.position, &slice.tags.orientation,
                           &slice.tags.thickness}) {
    *tag = next_line(text);
  }
  medcl::place_by_tags(slice);
  require(medcl::position_step_mm(slice) >= 0);
  try {
    medcl::ReadOptions options;
    options.limits.max_bytes = 1 << 20;
    medcl::complete_plane(slice, options, /*alone=*/true);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      require(slice.spacing_mm[axis] > 0 && std::isfinite(slice.spacing_mm[axis]));
      require(std::isfinite(slice.position_mm[axis]));
      require(std::abs(slice.row_direction[axis]) <= 1 + 1e-9);
      require(std::abs(slice.column_direction[axis]) <= 1 + 1e-9);
    }
  } catch (const medcl::Error& error) {
    expect_one_line(error);
  }
  return 0;
}
