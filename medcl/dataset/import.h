// SPDX-License-Identifier: Apache-2.0
#pragma once

// Released data sets -> the native layout. Originals are only read. Each importer ends with a
// self-check of voxel counts per label, where the true counts are known.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/dataset.h"

namespace medcl {

struct ImportReport {
  std::filesystem::path root;  ///< of the written dataset
  /// Group ("train", "val", "test") -> label value in the written files -> voxels.
  std::map<std::string, std::map<std::int32_t, std::int64_t>> voxel_counts;
  Findings findings;       ///< what was rounded, remapped or taken from the image header
  std::string self_check;  ///< "equal to the published counts" or why not
};

struct ImportOptions {
  /// The size of a voxel along x, y, z for sources that store none. Absent: ACDC as HDF5 is taken
  /// as 1 mm with a warning, DICOM series without it are left out.
  std::optional<std::array<double, 3>> spacing_mm;
  /// What to take of DICOM folders, see ReadOptions (image/volume_io.h).
  std::string assume, series;
  bool merge_series = false;
  /// mscmr: a folder of MyoPS 2020. The training cases get its gold standard instead of their
  /// scribbles, in the slices that it has (mscmr_dense.h); empty: scribbles.
  std::filesystem::path dense_from;
};

using ImportProgress = std::function<void(std::int64_t, std::int64_t, const std::string&)>;

/// Imports `source` into `target`. kind: mscmr, myops, acdc, msd, nnunet1, dicom. `target` is a
/// staged folder (core/staged_folder.h): complete or absent.
/// @throws Error(kIo), Error(kInvalidData), Error(kUsage) for an unknown kind, for an option that
///         the kind does not have and for a target that is not free; what `progress` throws, and
///         then nothing is left.
ImportReport import_dataset(const std::string& kind, const std::filesystem::path& source,
                            const std::filesystem::path& target, const ImportOptions& options,
                            const ImportProgress& progress = {});
ImportReport import_dataset(const std::string& kind, const std::filesystem::path& source,
                            const std::filesystem::path& target,
                            const ImportProgress& progress = {});
/// The kinds that import_dataset knows: mscmr, myops, acdc, msd, nnunet1, dicom.
std::vector<std::string> import_kinds();

}  // namespace medcl
