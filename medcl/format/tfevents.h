// SPDX-License-Identifier: Apache-2.0
#pragma once

// Scalar curves in TensorBoard's event file format.
//
// Source: TensorFlow tsl/lib/io/record_writer (records with masked CRC-32C) and event.proto.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "medcl/core/file_system.h"

namespace medcl {

class TfEventsWriter {
 public:
  /// TensorBoard shows files whose name contains "tfevents". With `append`, continues an existing
  /// file behind its last intact record (a crash may have torn the last one); otherwise replaces
  /// it. @throws Error(kIo), also when an existing file is not an event file.
  explicit TfEventsWriter(const std::filesystem::path& path, bool append = false);

  /// Flushes, without telling of a failure.
  ~TfEventsWriter();
  TfEventsWriter(const TfEventsWriter&) = delete;
  TfEventsWriter& operator=(const TfEventsWriter&) = delete;

  /// `wall_time` in seconds since 1970.
  void add_scalar(const std::string& tag, std::int64_t step, double value, double wall_time);
  /// Hands everything to the operating system. @throws Error(kIo), Error(kOutOfResources)
  void flush();
  /// Hands everything to the disk. @throws Error(kIo), Error(kOutOfResources)
  void sync();

 private:
  void write_record(const std::string& event);
  std::unique_ptr<WritableFile> file_;
  std::string pending_;  ///< records that were not handed on yet
};

}  // namespace medcl
