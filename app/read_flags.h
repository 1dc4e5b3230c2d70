// SPDX-License-Identifier: Apache-2.0
#pragma once

// Flags that say how images are read, alike in every verb that has them.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "medcl/image/volume_io.h"

namespace medcl {

/// --spacing X,Y,Z: for files that do not say the size of a voxel.
void add_spacing(CLI::App& verb, std::vector<double>& spacing_mm);
/// --series UID and --merge-series: for folders with DICOM files.
void add_series(CLI::App& verb, std::string& series, bool& merge_series);

/// Empty where the flag was not given. @throws Error(kUsage) for what is no length.
std::optional<Point3> spacing_of(const std::vector<double>& spacing_mm);

}  // namespace medcl
