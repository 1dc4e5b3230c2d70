// SPDX-License-Identifier: Apache-2.0
#pragma once

// Numeric arrays out of HDF5 files (the published ACDC slices come so). Read only.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace medcl {

struct Hdf5Array {
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::vector<double> values;       ///< row-major
};

/// False when this build has no HDF5 library.
bool hdf5_available();

/// Reads one dataset of integers or floats, at most 2^26 elements, stored in the file itself (no
/// external files, no links to other files). libhdf5 runs in a child process (child_process.h).
/// @throws Error(kIo) naming file and dataset; also when this build has no HDF5 library.
Hdf5Array read_hdf5(const std::filesystem::path& path, const std::string& dataset);

}  // namespace medcl
