// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "medcl/core/descriptor.h"
#include "medcl/core/draft.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/system_error.h"

namespace medcl {
namespace {

class PosixFile : public WritableFile {
 public:
  /// `lock`: a second descriptor of the same opening, which holds the lock of a draft until it has
  /// got its name; -1 for none.
  PosixFile(std::filesystem::path path, int descriptor, int lock)
      : path_(std::move(path)), descriptor_(descriptor), lock_(lock) {}

  void append(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) {
      const std::size_t part = std::min(bytes.size(), std::size_t{1} << 30);
      const ssize_t count =
          retry_interrupted([&] { return ::write(descriptor_.get(), bytes.data(), part); });
      if (count < 0) {
        const int number = errno;
        fail_with_errno(number, "cannot write", path_,
                        "room for " + std::to_string(bytes.size()) + " more bytes");
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void sync() override {
    const int result = retry_interrupted([&] { return ::fsync(descriptor_.get()); });
    if (result != 0 && errno != EINVAL && errno != EROFS) {
      fail_with_errno(errno, "cannot write to disk", path_);
    }
  }

  void close() override {
    const int descriptor = descriptor_.release();
    if (descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR) {
      fail_with_errno(errno, "cannot close", path_);
    }
  }

 private:
  std::filesystem::path path_;
  Descriptor descriptor_, lock_;
};

class PosixFileSystem : public FileSystem {
 public:
  std::unique_ptr<WritableFile> create(const std::filesystem::path& path) override {
    for (int attempt = 0; attempt < 3; ++attempt) {
      Descriptor descriptor(open(path, O_EXCL, "cannot create"));
      if (lock_draft(descriptor.get(), path)) {
        const int lock = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3);
        return std::make_unique<PosixFile>(path, descriptor.release(), lock);
      }
    }
    fail_with_errno(EAGAIN, "cannot create", path);
  }

  std::unique_ptr<WritableFile> append_to(const std::filesystem::path& path) override {
    return std::make_unique<PosixFile>(path, open(path, O_APPEND, "cannot write"), -1);
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      fail_with_errno(errno, "cannot rename " + from.string(), to);
    }
  }

  void rename_to_free(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
    // Some network disks have no such rename: a second name for the file, then without the first.
    const bool unknown = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
    if (!unknown || ::link(from.c_str(), to.c_str()) != 0) {
      fail_with_errno(errno, "cannot rename " + from.string(), to);
    }
    ::unlink(from.c_str());
  }

  void remove(const std::filesystem::path& path) override {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) {
      fail_with_errno(error.value(), "cannot remove", path);
    }
  }

  void sync_folder(const std::filesystem::path& folder) override {
    const Descriptor descriptor(retry_interrupted(
        [&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (descriptor.get() < 0) {
      fail_with_errno(errno, "cannot open folder", folder);
    }
    // Some network file systems cannot sync a folder and say EINVAL.
    if (retry_interrupted([&] { return ::fsync(descriptor.get()); }) != 0 && errno != EINVAL) {
      fail_with_errno(errno, "cannot write folder to disk", folder);
    }
  }

  void create_folders(const std::filesystem::path& folder) override {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      fail_with_errno(error.value(), "cannot create folder", folder);
    }
  }

 private:
  static int open(const std::filesystem::path& path, int mode, const char* problem) {
    const int descriptor = retry_interrupted([&] {
      return ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | mode, 0666);
    });
    if (descriptor < 0) {
      fail_with_errno(errno, problem, path);
    }
    return descriptor;
  }
};

std::atomic<FileSystem*> installed{nullptr};

/// To the end also where the size is not known before, as in /proc.
std::vector<std::uint8_t> read_up_to(const std::filesystem::path& path, std::uint64_t limit_bytes,
                                     bool whole) {
  InputFile file = InputFile::open(path);
  const auto check_size = [&](std::uint64_t size) {
    if (!whole || size <= limit_bytes) return;
    fail(ErrorCode::kOutOfResources,
         {.what = "file is too large",
          .where = path.string(),
          .expected = "at most " + std::to_string(limit_bytes) + " bytes",
          .found = std::to_string(size)});
  };
  check_size(file.size_bytes());
  std::vector<std::uint8_t> bytes(std::min(file.size_bytes(), limit_bytes));
  bytes.resize(file.read(bytes));
  std::array<std::uint8_t, 4096> more;
  for (std::size_t count = bytes.size() < file.size_bytes() ? 0 : file.read(more);
       count > 0 && (whole || bytes.size() < limit_bytes); count = file.read(more)) {
    bytes.insert(bytes.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(count));
    check_size(bytes.size());
  }
  bytes.resize(std::min<std::uint64_t>(bytes.size(), limit_bytes));
  return bytes;
}

}  // namespace

FileSystem& FileSystem::get() {
  static PosixFileSystem disk;
  FileSystem* replacement = installed.load();
  return replacement != nullptr ? *replacement : disk;
}

FileSystem* FileSystem::replace(FileSystem* replacement) { return installed.exchange(replacement); }

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  return read_up_to(path, limit_bytes, true);
}

std::vector<std::uint8_t> read_file_start(const std::filesystem::path& path, std::uint64_t count) {
  return read_up_to(path, count, false);
}

}  // namespace medcl
