// SPDX-License-Identifier: Apache-2.0
#include "app/read_flags.h"

#include <cmath>

#include "medcl/core/error.h"

namespace medcl {

void add_spacing(CLI::App& verb, std::vector<double>& spacing_mm) {
  verb.add_option("--spacing", spacing_mm,
                  "Voxel size X,Y,Z in mm, for images whose file does not say it")
      ->expected(3)
      ->delimiter(',')
      ->check(CLI::Range(0.001, 1000.0));
}

void add_series(CLI::App& verb, std::string& series, bool& merge_series) {
  verb.add_option("--series", series,
                  "DICOM: SeriesInstanceUID, or the end of one, of the series to take");
  verb.add_flag("--merge-series", merge_series,
                "DICOM: join series of one folder whose slices share size and orientation");
}

std::optional<Point3> spacing_of(const std::vector<double>& spacing_mm) {
  if (spacing_mm.empty()) return std::nullopt;
  for (const double length_mm : spacing_mm) {  // CLI::Range lets NaN pass
    if (std::isfinite(length_mm) && length_mm > 0) continue;
    fail(ErrorCode::kUsage, {.what = "no size of a voxel",
                             .where = "--spacing",
                             .expected = "three lengths in mm such as 0.8,0.8,5",
                             .found = std::to_string(length_mm),
                             .remedy = {}});
  }
  return Point3{spacing_mm[0], spacing_mm[1], spacing_mm[2]};
}

}  // namespace medcl
