// SPDX-License-Identifier: Apache-2.0
#pragma once

// Released data sets -> the native layout. Originals are only read. Each importer ends with a
// self-check of voxel counts per label, where the true counts are known.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medcl/core/finding.h"
#include "medcl/dataset/dataset.h"

namespace medcl {

struct ImportReport {
  std::filesystem::path root;  ///< of the written dataset
  /// Group ("train", "val", "test") -> label value in the written files -> voxels.
  std::map<std::string, std::map<std::int32_t, std::int64_t>> voxel_counts;
  Findings findings;  ///< what was rounded, remapped or taken from the image header
  std::string self_check;  ///< "equal to the published counts" or why not
};

using ImportProgress = std::function<void(std::int64_t, std::int64_t, const std::string&)>;

/// kind: mscmr, myops, acdc, msd, nnunet1, dicom. `target` must not exist or be empty.
/// @throws Error(kIo), Error(kInvalidData), Error(kUsage) for an unknown kind.
ImportReport import_dataset(const std::string& kind, const std::filesystem::path& source,
                            const std::filesystem::path& target,
                            const ImportProgress& progress = {});
std::vector<std::string> import_kinds();

}  // namespace medcl
