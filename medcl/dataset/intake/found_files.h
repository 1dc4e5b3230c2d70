// SPDX-License-Identifier: Apache-2.0
#pragma once

// The files below what a user names, by what they are. Part of find_sources.

#include <filesystem>
#include <vector>

#include "medcl/core/finding.h"

namespace medcl {

struct FoundFiles {
  std::vector<std::filesystem::path> images;  ///< readable by their names, labels among them
  std::vector<std::filesystem::path> names;   ///< label descriptions of ITK-SNAP
  std::vector<std::filesystem::path>
      dicom_folders;  ///< given ones with DICOM below, or around given files
  Findings findings;
};

/// @throws as find_sources.
FoundFiles find_files(const std::vector<std::filesystem::path>& inputs);

}  // namespace medcl
