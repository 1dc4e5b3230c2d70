// SPDX-License-Identifier: Apache-2.0
#include "medcl/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "medcl/core/error.h"

namespace medcl {

RunLock::RunLock(const std::filesystem::path& run) {
  const auto path = run / "lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    fail(full ? ErrorCode::kOutOfResources : ErrorCode::kIo, {.what = "cannot create the lock file",
                                                              .where = path.string(),
                                                              .found = std::strerror(errno)});
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    ::close(descriptor_);
    if (number != EWOULDBLOCK) {
      fail(ErrorCode::kIo, {.what = "cannot lock the run folder",
                            .where = path.string(),
                            .found = std::strerror(number),
                            .remedy = "use a disk that supports flock"});
    }
    fail(ErrorCode::kUsage, {.what = "another process is using this run folder",
                             .where = run.string(),
                             .remedy = "wait for it, stop it, or choose another folder with -o"});
  }
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace medcl
