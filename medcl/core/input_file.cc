// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/system_error.h"

namespace medcl {

namespace {

FileKind seen_kind(const std::filesystem::path& path) {
  const FileStatus status = file_status(path);
  if (status.error != 0) fail_with_errno(status.error, "cannot look at it", path);
  return status.kind == FileKind::kDanglingLink ? FileKind::kNothing : status.kind;
}

}  // namespace

bool is_there(const std::filesystem::path& path) { return seen_kind(path) != FileKind::kNothing; }
bool is_file(const std::filesystem::path& path) { return seen_kind(path) == FileKind::kFile; }
bool is_folder(const std::filesystem::path& path) { return seen_kind(path) == FileKind::kFolder; }

InputFile::InputFile(const std::filesystem::path& path, Descriptor descriptor,
                     std::uint64_t size_bytes)
    : path_(path), descriptor_(std::move(descriptor)), size_bytes_(size_bytes) {}

InputFile InputFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe must not wait for a writer; O_NOCTTY: nor a terminal take us over.
  Descriptor file(retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  const int number = errno;
  struct stat status {};
  // A socket cannot be opened at all: what it is says more than the error.
  const int known = file.get() < 0 ? ::stat(path.c_str(), &status) : ::fstat(file.get(), &status);
  if (known == 0 && !S_ISREG(status.st_mode)) {
    fail(ErrorCode::kIo, {.what = "is not a regular file",
                          .where = path.string(),
                          .expected = "a file",
                          .found = kind_text(kind_of_mode(status.st_mode))});
  }
  if (file.get() < 0) fail_with_errno(number, "cannot read", path);
  if (known != 0) fail_with_errno(errno, "cannot read", path);
  return {path, std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

std::size_t InputFile::read(std::span<std::uint8_t> out) {
  std::size_t used = 0;
  while (used < out.size()) {
    const ssize_t count = retry_interrupted(
        [&] { return ::read(descriptor_.get(), out.data() + used, out.size() - used); });
    if (count < 0) fail_with_errno(errno, "cannot read", path_);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  return used;
}

void check_input_file(const std::filesystem::path& path) {
  static_cast<void>(InputFile::open(path));
}

}  // namespace medcl
