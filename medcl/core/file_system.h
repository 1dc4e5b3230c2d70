// SPDX-License-Identifier: Apache-2.0
#pragma once

// The only door to the disk for everything that must survive a crash: tests replace it to fail,
// tear or drop the k-th operation.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace medcl {

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual void append(std::span<const std::uint8_t> bytes) = 0;
  virtual void sync() = 0;   ///< fsync
  virtual void close() = 0;  ///< must be called; the destructor discards errors
};

/// Every function throws Error(kIo), or Error(kOutOfResources) when the disk is full or a limit of
/// file sizes is reached, naming the path; a write that does not fit says how much was needed and
/// how much is free.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Creates a new file; what is there already, a link too, is an error. It counts as a draft
  /// (draft.h) while the object lives.
  virtual std::unique_ptr<WritableFile> create(const std::filesystem::path& path) = 0;
  /// Writes behind the last byte; creates the file when it is absent. Follows no link.
  virtual std::unique_ptr<WritableFile> append_to(const std::filesystem::path& path) = 0;
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Renames where nothing is at `to`, which is never replaced, whatever appears there meanwhile.
  virtual void rename_to_free(const std::filesystem::path& from,
                              const std::filesystem::path& to) = 0;
  virtual void remove(const std::filesystem::path& path) = 0;  ///< absent is not an error
  virtual void sync_folder(const std::filesystem::path& folder) = 0;
  virtual void create_folders(const std::filesystem::path& folder) = 0;

  /// The real disk, unless a test has installed another one.
  static FileSystem& get();
  /// Installs `replacement` (not owned); nullptr restores the real disk. Returns the previous one.
  static FileSystem* replace(FileSystem* replacement);
};

/// The bytes of a whole file. @throws Error(kIo), naming the path; Error(kOutOfResources) beyond
/// `limit_bytes`.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path,
                                    std::uint64_t limit_bytes = std::uint64_t{2} << 30);
/// At most the first `count` bytes of a file; fewer when the file is shorter. @throws Error(kIo)
std::vector<std::uint8_t> read_file_start(const std::filesystem::path& path, std::uint64_t count);

}  // namespace medcl
