// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/axis_length.h"

namespace medcl {

void set_length(Geometry& geometry, std::size_t axis, double length_mm) {
  const double factor = length_mm / geometry.spacing_mm()[axis];
  for (auto& row : geometry.world_from_index) row[axis] *= factor;
}

void complete_thickness(Geometry& geometry, const std::filesystem::path& path,
                        const ReadOptions& options, Findings& findings) {
  constexpr double kAssumedMm = 1;
  const auto& given = options.spacing_mm;
  set_length(geometry, 2, given ? (*given)[2] : kAssumedMm);
  if (given) return;
  findings.push_back(
      {.severity = Severity::kWarning,
       .id = "no-thickness",
       .problem = {.what = "the file has two dimensions and no thickness of the slice: 1 mm is "
                           "taken, and volumes in ml hold for that only",
                   .where = path.string(),
                   .expected = {},
                   .found = {},
                   .remedy = "store it as one slice of a 3-D image, or predict with --spacing "
                             "X,Y,Z (in mm)"}});
}

}  // namespace medcl
