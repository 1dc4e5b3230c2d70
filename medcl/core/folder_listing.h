// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is in a folder. No error of the file system is ignored: a folder that cannot be read must
// not look like one that is empty.

#include <filesystem>
#include <vector>

namespace medcl {

struct FolderEntry {
  /// Links are followed. kBrokenLink: the file it names is absent, or it leads round in a circle.
  /// kOther: a pipe, a socket, a device.
  enum class Kind { kFile, kFolder, kBrokenLink, kOther };

  std::filesystem::path path;
  Kind kind = Kind::kFile;
};

/// All names in the folder but "." and "..", sorted.
/// @throws Error(kIo) naming the folder, or the entry whose kind cannot be found out.
std::vector<FolderEntry> list_folder(const std::filesystem::path& folder);

/// As list_folder; nothing for a folder that does not exist. A link to nothing is refused: whoever
/// made it means that the folder counts.
std::vector<FolderEntry> list_folder_if_present(const std::filesystem::path& folder);

}  // namespace medcl
