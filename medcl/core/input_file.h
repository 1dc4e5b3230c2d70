// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one door through which files of a user are opened for reading, and the questions about paths
// that come before.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "medcl/core/descriptor.h"

namespace medcl {

/// Whether there is anything, a regular file, a folder at `path`. Links are followed; a link to
/// nothing is nothing. @throws Error(kIo) naming the path when the system does not say: no
/// permission, a loop of links, a name that is too long.
bool is_there(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// A regular file, open for reading. Pipes, sockets and devices are refused at once, without
/// waiting for what is behind them.
class InputFile {
 public:
  /// Opens a file. @throws Error(kIo) naming the path and what it is or why it cannot be opened.
  static InputFile open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// Fills `out` as far as there are bytes; a short count is the end. @throws Error(kIo)
  std::size_t read(std::span<std::uint8_t> out);

 private:
  InputFile(const std::filesystem::path& path, Descriptor descriptor, std::uint64_t size_bytes);

  std::filesystem::path path_;
  Descriptor descriptor_;
  std::uint64_t size_bytes_;
};

/// For libraries that open a file by its name: what InputFile::open would refuse is refused here.
void check_input_file(const std::filesystem::path& path);

}  // namespace medcl
