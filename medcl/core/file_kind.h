// SPDX-License-Identifier: Apache-2.0
#pragma once

// What stands at a path, in words for people: a program that writes must not take a FIFO, a device
// or somebody's folder for a free place.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace medcl {

enum class FileKind {
  kNothing,
  kFile,
  kFolder,
  kFifo,
  kSocket,
  kCharacterDevice,
  kBlockDevice,
  kDanglingLink,  ///< or one in a circle
  kUnknown,       ///< cannot be looked at, such as inside a folder without rights
};

struct FileStatus {
  FileKind kind = FileKind::kNothing;
  bool through_link = false;                     ///< the path itself is a link
  std::pair<std::uint64_t, std::uint64_t> id{};  ///< device and inode, behind links
  int error = 0;  ///< errno of kUnknown, and ELOOP of links in a circle
};

/// What stands at `path`; links are followed. Never throws.
FileStatus file_status(const std::filesystem::path& path) noexcept;

/// The kind that st_mode of <sys/stat.h> stands for.
FileKind kind_of_mode(std::uint32_t mode);

/// The kind in words: "a file", "a FIFO", "a link to nothing" ...; "nothing".
std::string kind_text(FileKind kind);

}  // namespace medcl
