// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file in the address space, for large files that are read in place.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace medcl {

class MappedFile {
 public:
  /// Maps a file for reading. @throws Error(kIo) naming the path, also for anything but a regular
  /// file.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  /// Valid as long as this object lives and nobody shortens the file; a file that is replaced by
  /// rename (as write_atomically does) stays intact here.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  std::span<const std::uint8_t> bytes_;
};

/// For programs, once at their start: where a mapped file is shortened while it is read, or its
/// disk fails, the system sends SIGBUS; from now on the program then writes one line that begins
/// with `program` and names the file to standard error, and ends with the exit code of
/// ErrorCode::kIo. Any other SIGBUS ends it as before.
void end_when_mapped_files_fail(const char* program);

}  // namespace medcl
