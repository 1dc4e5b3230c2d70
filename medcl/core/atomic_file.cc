// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/atomic_file.h"

#include <exception>
#include <memory>
#include <vector>

#include "medcl/core/draft.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"

namespace medcl {

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(WritableFile&)>& write) {
  if (!path.has_filename()) {
    fail(ErrorCode::kIo, {.what = "is not the name of a file", .where = path.string()});
  }
  if (const FileKind kind = file_status(path).kind;
      kind != FileKind::kNothing && kind != FileKind::kFile && kind != FileKind::kDanglingLink) {
    fail(ErrorCode::kIo,
         {.what = "is " + kind_text(kind) + ", not a file", .where = path.string()});
  }
  FileSystem& disk = FileSystem::get();
  remove_abandoned_drafts_once(folder_of(path));
  const std::filesystem::path temporary = draft_name(path);
  // Lives until the draft has got its name: it holds the lock.
  const std::unique_ptr<WritableFile> file = disk.create(temporary);
  try {
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
