// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

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

[[noreturn]] void refuse(const std::string& what, const std::filesystem::path& path, int number,
                         const std::string& expected = "") {
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG || number == ENOMEM;
  fail(full ? ErrorCode::kOutOfResources : ErrorCode::kIo,
       {.what = what,
        .where = path.string(),
        .expected = full ? expected : "",
        .found = std::generic_category().message(number) + free_space_text(path, number),
        .remedy = remedy_for(number)});
}

template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  [[nodiscard]] int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

class PosixFile : public WritableFile {
 public:
  PosixFile(std::filesystem::path path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  void append(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) {
      const std::size_t part = std::min(bytes.size(), std::size_t{1} << 30);
      const ssize_t count =
          retry_interrupted([&] { return ::write(descriptor_.get(), bytes.data(), part); });
      if (count < 0) {
        const int number = errno;
        refuse("cannot write", path_, number,
               "room for " + std::to_string(bytes.size()) + " more bytes");
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
  }

  void sync() override {
    const int result = retry_interrupted([&] { return ::fsync(descriptor_.get()); });
    if (result != 0 && errno != EINVAL && errno != EROFS) {
      refuse("cannot write to disk", path_, errno);
    }
  }

  void close() override {
    const int descriptor = descriptor_.release();
    if (descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR) {
      refuse("cannot close", path_, errno);
    }
  }

 private:
  std::filesystem::path path_;
  Descriptor descriptor_;
};

class PosixFileSystem : public FileSystem {
 public:
  std::unique_ptr<WritableFile> create(const std::filesystem::path& path) override {
    return open(path, O_TRUNC, "cannot create");
  }

  std::unique_ptr<WritableFile> append_to(const std::filesystem::path& path) override {
    return open(path, O_APPEND, "cannot write");
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      refuse("cannot rename " + from.string(), to, errno);
    }
  }

  void remove(const std::filesystem::path& path) override {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) {
      refuse("cannot remove", path, error.value());
    }
  }

  void sync_folder(const std::filesystem::path& folder) override {
    const Descriptor descriptor(retry_interrupted(
        [&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (descriptor.get() < 0) {
      refuse("cannot open folder", folder, errno);
    }
    // Some network file systems cannot sync a folder and say EINVAL.
    if (retry_interrupted([&] { return ::fsync(descriptor.get()); }) != 0 && errno != EINVAL) {
      refuse("cannot write folder to disk", folder, errno);
    }
  }

  void create_folders(const std::filesystem::path& folder) override {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      refuse("cannot create folder", folder, error.value());
    }
  }

 private:
  static std::unique_ptr<WritableFile> open(const std::filesystem::path& path, int mode,
                                            const char* problem) {
    const int descriptor = retry_interrupted(
        [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666); });
    if (descriptor < 0) {
      refuse(problem, path, errno);
    }
    return std::make_unique<PosixFile>(path, descriptor);
  }
};

std::atomic<FileSystem*> installed{nullptr};

std::vector<std::uint8_t> read_up_to(const std::filesystem::path& path, std::uint64_t limit_bytes,
                                     bool whole) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const Descriptor file(
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    refuse("cannot read", path, errno);
  }
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorCode::kIo, {.what = "is not a regular file", .where = path.string()});
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto too_large = [&](std::uint64_t found) {
    fail(ErrorCode::kOutOfResources,
         {.what = "file is too large",
          .where = path.string(),
          .expected = "at most " + std::to_string(limit_bytes) + " bytes",
          .found = std::to_string(found)});
  };
  if (whole && size > limit_bytes) {
    too_large(size);
  }
  std::vector<std::uint8_t> bytes(std::min(size, limit_bytes));
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) {
      if (used >= limit_bytes && !whole) {
        break;
      }
      bytes.resize(used + 4096);
    }
    const ssize_t count = retry_interrupted(
        [&] { return ::read(file.get(), bytes.data() + used, bytes.size() - used); });
    if (count < 0) {
      refuse("cannot read", path, errno);
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
    if (whole && used > limit_bytes) {
      too_large(used);
    }
  }
  bytes.resize(std::min<std::uint64_t>(used, limit_bytes));
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
