// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paths inside result files. A relative one is relative to the folder of the file that holds it, so
// that the file is read alike from every folder and moves together with what it names.

#include <filesystem>

namespace medcl {

/// `path`, as the process sees it, the way a file in `folder` holds it. Absolute paths stay. Links
/// to folders are followed, so that ".." means what it says.
std::filesystem::path stored_path(const std::filesystem::path& path,
                                  const std::filesystem::path& folder);

/// A path that a file in `folder` holds, as the process sees it. A relative one that is not found
/// from `folder` but from the folder of the process, as other programs write them, stays.
std::filesystem::path found_path(const std::filesystem::path& stored,
                                 const std::filesystem::path& folder);

}  // namespace medcl
