// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/atomic_file.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <vector>

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

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
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
  disk.sync_folder(folder_of(path));
}

void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  write_atomically(path, [bytes](WritableFile& file) { file.append(bytes); });
}

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
  write_atomically(path, std::span<const std::uint8_t>(data, text.size()));
}

void make_folders(const std::filesystem::path& folder) {
  FileSystem& disk = FileSystem::get();
  std::vector<std::filesystem::path> absent;
  std::error_code error;
  for (auto at = folder; !at.empty() && !std::filesystem::exists(at, error) && !error;
       at = at.parent_path()) {
    absent.push_back(at);
  }
  if (absent.empty()) {
    disk.create_folders(folder);  // refuses what is no folder
  }
  for (auto at = absent.rbegin(); at != absent.rend(); ++at) {
    disk.create_folders(*at);
    disk.sync_folder(folder_of(*at));
  }
}

}  // namespace medcl
