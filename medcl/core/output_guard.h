// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one rule for what a command writes: no output is ever one of its inputs, nothing that exists
// is replaced unless the user asked for it, and what cannot be written is refused before the work,
// not after it. A command names its inputs, then the files that it is going to write, does its
// work, and writes through write(), which looks again.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace medcl {

class OutputGuard {
 public:
  /// `may_replace`: the user's --force. `hint`: what to do about an output that exists.
  explicit OutputGuard(bool may_replace, std::string hint = "use --force to replace it");
  OutputGuard(const OutputGuard&) = delete;
  OutputGuard& operator=(const OutputGuard&) = delete;
  /// Removes the folders that this object created and that are still empty.
  ~OutputGuard();

  /// A file that the command reads, or a folder: every file below it. Absent ones are ignored.
  /// Files are the same when device and inode are, behind links and by any name.
  void add_input(const std::filesystem::path& file_or_folder);

  /// A file that the command is going to write: creates the folders above it and proves that they
  /// can be written.
  /// @throws Error(kUsage) saying what stands there: an input, a file without --force, a folder, a
  ///         FIFO, a socket, a device, a link to nothing; or that two outputs have one name.
  ///         Error(kIo), Error(kOutOfResources) naming what cannot be created or written.
  void require_file(const std::filesystem::path& path);

  /// Lets this output, made by an earlier start of the same command, be replaced as with --force.
  void allow_replacing(const std::filesystem::path& path);

  /// As require_file, for a folder that is going to hold outputs.
  void require_folder(const std::filesystem::path& folder);

  /// Has `write` fill a draft, whose name has the ending of `path`, and publishes it as `path`; a
  /// file that appeared there meanwhile is not replaced without --force. When the content cannot be
  /// published, it is kept under a free name beside it or in the folder for temporary files, and
  /// the error says where.
  /// @throws what `write` throws; Error(kIo), Error(kOutOfResources).
  void write(const std::filesystem::path& path,
             const std::function<void(const std::filesystem::path& draft)>& write) const;

 private:
  using FileId = std::pair<std::uint64_t, std::uint64_t>;

  [[nodiscard]] bool may_replace(const std::filesystem::path& path) const;
  [[nodiscard]] bool is_input(const FileId& id) const;
  void require_free(const std::filesystem::path& path) const;
  void create_folders(const std::filesystem::path& folder);
  void publish(const std::filesystem::path& draft, const std::filesystem::path& path) const;

  bool may_replace_;
  std::string hint_;
  std::vector<std::filesystem::path> inputs_;
  std::set<std::filesystem::path> outputs_, replaceable_, proven_;
  std::vector<std::filesystem::path> created_;
};

}  // namespace medcl
