// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/file_kind.h"

#include <sys/stat.h>

#include <cerrno>

namespace medcl {

FileKind kind_of_mode(std::uint32_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kFolder;
  if (S_ISFIFO(mode)) return FileKind::kFifo;
  if (S_ISSOCK(mode)) return FileKind::kSocket;
  if (S_ISCHR(mode)) return FileKind::kCharacterDevice;
  return S_ISBLK(mode) ? FileKind::kBlockDevice : FileKind::kUnknown;
}

FileStatus file_status(const std::filesystem::path& path) noexcept {
  FileStatus status;
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    status.kind = absent ? FileKind::kNothing : FileKind::kUnknown;
    status.error = absent ? 0 : errno;
    return status;
  }
  status.through_link = S_ISLNK(found.st_mode);
  if (status.through_link && ::stat(path.c_str(), &found) != 0) {
    const bool nowhere = errno == ENOENT || errno == ENOTDIR;
    status.kind = nowhere || errno == ELOOP ? FileKind::kDanglingLink : FileKind::kUnknown;
    status.error = nowhere ? 0 : errno;
    return status;
  }
  status.kind = kind_of_mode(found.st_mode);
  status.id = {found.st_dev, found.st_ino};
  return status;
}

std::string kind_text(FileKind kind) {
  switch (kind) {
    case FileKind::kNothing:
      return "nothing";
    case FileKind::kFile:
      return "a file";
    case FileKind::kFolder:
      return "a folder";
    case FileKind::kFifo:
      return "a FIFO";
    case FileKind::kSocket:
      return "a socket";
    case FileKind::kCharacterDevice:
      return "a character device";
    case FileKind::kBlockDevice:
      return "a block device";
    case FileKind::kDanglingLink:
      return "a link to nothing";
    case FileKind::kUnknown:
      break;
  }
  return "something unknown";
}

}  // namespace medcl
