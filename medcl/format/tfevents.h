// SPDX-License-Identifier: Apache-2.0
#pragma once

// Scalar curves in TensorBoard's event file format.
//
// Source: TensorFlow tsl/lib/io/record_writer (records with masked CRC-32C) and event.proto.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace medcl {

class TfEventsWriter {
 public:
  /// TensorBoard shows files whose name contains "tfevents". With `append`, continues an existing
  /// file behind its last intact record (a crash may have torn the last one); otherwise replaces
  /// it. @throws Error(kIo), also when an existing file is not an event file.
  explicit TfEventsWriter(const std::filesystem::path& path, bool append = false);

  /// `wall_time` in seconds since 1970. @throws Error(kIo)
  void add_scalar(const std::string& tag, std::int64_t step, double value, double wall_time);
  /// Hands everything to the operating system. @throws Error(kIo)
  void flush();

 private:
  void write_record(const std::string& event);
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace medcl
