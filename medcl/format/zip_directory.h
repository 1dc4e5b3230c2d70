// SPDX-License-Identifier: Apache-2.0
#pragma once

// The records of a zip archive, read in place.
//
// Source: PKWARE APPNOTE 6.3.10 (sections 4.3.7, 4.3.12 to 4.3.16, 4.5.3). Reads what writers of
// weights write: one disk, stored records, zip64 for long files; compressed records keep their
// place and are never inflated. Every record must lie between the start of the file and its
// directory without touching another, and no name may occur twice, so that two readers cannot see
// two archives in one file.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace medcl {

struct ZipRecord {
  std::string_view name;
  std::span<const std::uint8_t> bytes;  ///< as they lie in the file
  std::uint64_t crc = 0;                ///< CRC-32 of the content; 0: none
  bool stored = true;                   ///< false: compressed, and nothing here inflates it
};

bool looks_like_zip(std::span<const std::uint8_t> bytes);

class ZipDirectory {
 public:
  /// Reads the directory and checks every record. Memory in proportion to the directory; time in
  /// proportion to the file (CRC-32 of every stored record; a CRC of 0 means that the writer
  /// computed none). `name` names the file; `bytes` must outlive the object. @throws Error(kIo)
  /// torn, damaged or encrypted.
  static ZipDirectory read(std::span<const std::uint8_t> bytes, const std::string& name);

  /// The record of this name; null when absent.
  [[nodiscard]] const ZipRecord* find(std::string_view name) const;
  [[nodiscard]] const std::vector<ZipRecord>& records() const { return records_; }  ///< by name

 private:
  std::vector<ZipRecord> records_;
};

}  // namespace medcl
