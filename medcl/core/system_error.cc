// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/system_error.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "medcl/core/error.h"

namespace medcl {
namespace {

std::string remedy_for(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "free space on this disk";
    case EFBIG:
      return "raise the limit of file sizes (ulimit -f)";
    case EACCES:
    case EPERM:
      return "ask for the right to use it, or run as the user it belongs to";
    case ELOOP:
      return "a symbolic link leads back to itself; correct or remove it";
    case EMFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

/// ", 0.4 MB free" for a full disk; empty when that is not the problem or not known.
std::string free_space_text(const std::filesystem::path& path, int number) {
  struct statvfs disk {};
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (number != ENOSPC || ::statvfs(folder.c_str(), &disk) != 0) {
    return "";
  }
  const double bytes = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  char text[48];
  std::snprintf(text, sizeof text, ", %.1f MB free", bytes / 1e6);
  return text;
}

}  // namespace

void fail_with_errno(int number, const std::string& what, const std::filesystem::path& path,
                     const std::string& expected) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG || number == ENOMEM;
  fail(full ? ErrorCode::kOutOfResources : ErrorCode::kIo,
       {.what = what,
        .where = path.string(),
        .expected = full ? expected : "",
        .found = std::generic_category().message(number) + free_space_text(path, number),
        .remedy = remedy_for(number)});
}

}  // namespace medcl
