// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/atomic_file.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "medcl/core/error.h"

namespace medcl {
namespace {

// The clock tells processes apart that share a folder but not a process table (containers).
std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<std::uint64_t> counter{0};
  static const auto start = std::chrono::system_clock::now().time_since_epoch().count();
  constexpr std::size_t kLongestStem = 160;
  std::string name = ".";
  name += path.filename().string().substr(0, kLongestStem) + ".tmp-";
  name +=
      std::to_string(::getpid()) + "-" + std::to_string(start) + "-" + std::to_string(counter++);
  return path.parent_path() / name;
}

}  // namespace

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(WritableFile&)>& write) {
  if (!path.has_filename()) {
    fail(ErrorCode::kIo, {.what = "is not the name of a file", .where = path.string()});
  }
  FileSystem& disk = FileSystem::get();
  const std::filesystem::path temporary = temporary_name(path);
  try {
    const std::unique_ptr<WritableFile> file = disk.create(temporary);
    write(*file);
    file->sync();
    file->close();
    disk.rename(temporary, path);
  } catch (...) {
    try {
      disk.remove(temporary);
    } catch (const std::exception&) {
      // The first error is the one to report.
    }
    throw;
  }
  const std::filesystem::path folder = path.parent_path();
  disk.sync_folder(folder.empty() ? std::filesystem::path(".") : folder);
}

void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  write_atomically(path, [bytes](WritableFile& file) { file.append(bytes); });
}

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  write_atomically(path, std::span<const std::uint8_t>(data, text.size()));
}

}  // namespace medcl
