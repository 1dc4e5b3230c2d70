// SPDX-License-Identifier: Apache-2.0
#pragma once

// One short name for all that a dataset holds: results of other data must not stand beside each
// other, whatever the folder is called.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "medcl/dataset/dataset.h"

namespace medcl {

/// SHA-256 of files, kept in a file of its own so that large images are read once: one whose inode,
/// size and times of change are those of before is not read again.
class FileDigests {
 public:
  /// What is kept in `file`; where that is absent or broken, nothing is known yet.
  explicit FileDigests(std::filesystem::path file);
  /// The hash of the content. @throws Error(kIo)
  std::string of(const std::filesystem::path& path);
  /// The files asked for that are other than what was kept, or of which nothing was kept; none
  /// where nothing at all was.
  [[nodiscard]] const std::vector<std::filesystem::path>& other() const { return other_; }
  /// Writes what is known, if that is more than before. A file that cannot be written costs time,
  /// no result, and is no error.
  void keep() const;

 private:
  struct Known {
    std::string stamp;  ///< inode, size, times of change
    std::string sha256;
  };
  std::filesystem::path file_;
  std::map<std::string, Known> known_;  ///< by absolute path
  std::vector<std::filesystem::path> other_;
  bool had_any_ = false, changed_ = false;
};

/// 32 hexadecimal digits of a SHA-256 over what dataset.json, categories.json and the splits mean
/// (not their spaces), and over the names and contents of the images and labels of the training
/// cases, and with `test_cases` of those too. Names are relative to the dataset: one that moved is
/// the same. `poll` is called before each file. Reads all files that `known` does not know: about a
/// second per GB that the disk has at hand, then a millisecond per hundred files.
/// @throws Error(kIo); what `poll` throws.
std::string data_digest(const Dataset& dataset, bool test_cases, FileDigests& known,
                        const std::function<void()>& poll = {});

}  // namespace medcl
