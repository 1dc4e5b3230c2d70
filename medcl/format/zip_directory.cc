// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/zip_directory.h"

#include <zlib.h>

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/format/byte_cursor.h"

namespace medcl {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint64_t kLocalSignature = 0x04034b50;
constexpr std::uint64_t kEntrySignature = 0x02014b50;
constexpr std::uint64_t kEndSignature = 0x06054b50;
constexpr std::uint64_t kEnd64Signature = 0x06064b50;
constexpr std::uint64_t kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kEndBytes = 22, kLocatorBytes = 20, kEnd64Bytes = 56;
constexpr std::uint64_t kIn64 = 0xffffffff;  // "the true value is in the zip64 part"
constexpr std::uint64_t kCountIn64 = 0xffff;
constexpr std::uint64_t kStored = 0;  // the method of records that are not compressed

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& expected = "", const std::string& found = "") {
  fail(ErrorCode::kIo, {.what = what, .where = where, .expected = expected, .found = found});
}

/// Where the directory lies and how many entries it has.
struct Extent {
  std::uint64_t begin = 0, size = 0, count = 0;
};

struct Entry {
  std::string_view name;
  std::uint64_t flags = 0, method = 0, crc = 0, packed = 0, size = 0, local = 0;
};

std::size_t find_end(Bytes file, const std::string& name) {
  constexpr std::size_t kLongestComment = 0xffff;
  for (std::size_t tail = kEndBytes; tail <= file.size() && tail <= kEndBytes + kLongestComment;
       ++tail) {
    if (file[file.size() - tail] != 'P') continue;
    ByteCursor cursor(file.last(tail), name);
    if (cursor.number(4) != kEndSignature) continue;
    (void)cursor.take(16);
    if (cursor.number(2) == tail - kEndBytes) return file.size() - tail;
  }
  refuse(name, "zip archive has no end of directory", "", "a torn or cut file");
}

[[noreturn]] void refuse_place(const std::string& name) {
  refuse(name, "zip directory is not where the end of the file says");
}

Extent read_end64(Bytes file, std::size_t end, const std::string& name) {
  if (end < kLocatorBytes + kEnd64Bytes) refuse_place(name);
  ByteCursor locator(file.subspan(end - kLocatorBytes, kLocatorBytes), name);
  const std::uint64_t signature = locator.number(4);
  (void)locator.take(4);
  const std::uint64_t at = locator.number(8);
  if (signature != kLocator64Signature || at != end - kLocatorBytes - kEnd64Bytes) {
    refuse_place(name);
  }
  ByteCursor cursor(file.subspan(at, kEnd64Bytes), name);
  if (cursor.number(4) != kEnd64Signature) refuse_place(name);
  (void)cursor.take(28);
  Extent extent;
  extent.count = cursor.number(8);
  extent.size = cursor.number(8);
  extent.begin = cursor.number(8);
  if (extent.begin > at || extent.size != at - extent.begin) refuse_place(name);
  return extent;
}

Extent read_end(Bytes file, const std::string& name) {
  const std::size_t end = find_end(file, name);
  ByteCursor cursor(file.subspan(end, kEndBytes), name);
  (void)cursor.take(4);
  if (cursor.number(4) != 0) refuse(name, "zip archive is spread over several disks");
  (void)cursor.take(2);
  Extent extent;
  extent.count = cursor.number(2);
  extent.size = cursor.number(4);
  extent.begin = cursor.number(4);
  if (extent.count == kCountIn64 || extent.size == kIn64 || extent.begin == kIn64) {
    return read_end64(file, end, name);
  }
  // miniz writes the zip64 part also where it is not needed.
  const bool direct = extent.begin <= end && extent.size == end - extent.begin;
  return direct ? extent : read_end64(file, end, name);
}

/// Fills in what the 32-bit fields could not hold.
void read_extra64(Entry& entry, std::string_view extra, const std::string& where) {
  constexpr std::uint64_t kZip64Id = 1;
  ByteCursor cursor({reinterpret_cast<const std::uint8_t*>(extra.data()), extra.size()}, where);
  while (cursor.remaining() >= 4) {
    const std::uint64_t id = cursor.number(2);
    const Bytes body = cursor.take(cursor.number(2));
    if (id != kZip64Id) continue;
    ByteCursor values(body, where);
    for (std::uint64_t* field : {&entry.size, &entry.packed, &entry.local}) {
      if (*field == kIn64) *field = values.number(8);
    }
    return;
  }
}

Entry read_entry(ByteCursor& cursor, const std::string& file) {
  if (cursor.number(4) != kEntrySignature) {
    refuse(file, "zip directory is damaged", "an entry", "other bytes");
  }
  Entry entry;
  (void)cursor.take(4);
  entry.flags = cursor.number(2);
  entry.method = cursor.number(2);
  (void)cursor.take(4);
  entry.crc = cursor.number(4);
  entry.packed = cursor.number(4);
  entry.size = cursor.number(4);
  const std::uint64_t name_bytes = cursor.number(2);
  const std::uint64_t extra_bytes = cursor.number(2);
  const std::uint64_t comment_bytes = cursor.number(2);
  (void)cursor.take(8);
  entry.local = cursor.number(4);
  entry.name = cursor.text(name_bytes);
  const std::string_view extra = cursor.text(extra_bytes);
  (void)cursor.text(comment_bytes);
  read_extra64(entry, extra, file);
  return entry;
}

/// The bytes of a record, which lie before the directory.
Bytes locate(const Entry& entry, Bytes before, const std::string& where) {
  constexpr std::uint64_t kEncrypted = 1;
  if ((entry.flags & kEncrypted) != 0) refuse(where, "record is encrypted");
  if (entry.method == kStored && entry.packed != entry.size) {
    refuse(where, "stored record has two lengths", std::to_string(entry.size) + " bytes",
           std::to_string(entry.packed));
  }
  if (entry.local > before.size() || before.size() - entry.local < kLocalBytes) {
    refuse(where, "record begins beyond the file");
  }
  ByteCursor cursor(before.subspan(entry.local), where);
  if (cursor.number(4) != kLocalSignature) refuse(where, "record does not begin with its header");
  (void)cursor.take(22);
  const std::uint64_t name_bytes = cursor.number(2);
  const std::uint64_t extra_bytes = cursor.number(2);
  if (cursor.text(name_bytes) != entry.name) {
    refuse(where, "record has another name than the directory says");
  }
  (void)cursor.take(extra_bytes);
  if (entry.packed > cursor.remaining()) {
    refuse(where, "record ends beyond the file", std::to_string(entry.packed) + " bytes",
           std::to_string(cursor.remaining()));
  }
  return cursor.take(entry.packed);
}

void check_crc(const ZipRecord& record, const std::string& file) {
  if (record.crc == 0 || !record.stored) return;
  if (crc32_z(0, record.bytes.data(), record.bytes.size()) != record.crc) {
    refuse(file + ": record \"" + printable(record.name) + "\"",
           "record is damaged (its CRC-32 differs)");
  }
}

void check_apart(std::vector<ZipRecord> records, const std::string& file) {
  std::sort(records.begin(), records.end(),
            [](const ZipRecord& a, const ZipRecord& b) { return a.bytes.data() < b.bytes.data(); });
  for (std::size_t i = 1; i < records.size(); ++i) {
    const std::uint8_t* end = records[i - 1].bytes.data() + records[i - 1].bytes.size();
    const auto gap = records[i].bytes.data() - end;
    if (gap < static_cast<std::ptrdiff_t>(kLocalBytes + records[i].name.size())) {
      refuse(file, "zip records overlap", "", "\"" + printable(records[i].name) + "\"");
    }
  }
}

}  // namespace

bool looks_like_zip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' &&
         ((bytes[2] == 3 && bytes[3] == 4) || (bytes[2] == 5 && bytes[3] == 6));
}

ZipDirectory ZipDirectory::read(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Extent extent = read_end(bytes, name);
  ByteCursor cursor(bytes.subspan(extent.begin, extent.size), name + ": zip directory");
  ZipDirectory directory;
  auto& records = directory.records_;
  while (cursor.remaining() > 0) {
    const Entry entry = read_entry(cursor, name);
    const std::string where = name + ": record \"" + printable(entry.name) + "\"";
    records.push_back({entry.name, locate(entry, bytes.first(extent.begin), where), entry.crc,
                       entry.method == kStored});
  }
  if (records.size() != extent.count) {
    refuse(name, "zip directory has another number of entries than announced",
           std::to_string(extent.count), std::to_string(records.size()));
  }
  check_apart(records, name);
  for (const ZipRecord& record : records) check_crc(record, name);
  std::sort(records.begin(), records.end(),
            [](const ZipRecord& a, const ZipRecord& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(records.begin(), records.end(),
                         [](const ZipRecord& a, const ZipRecord& b) { return a.name == b.name; });
  if (twice != records.end()) {
    refuse(name, "zip record occurs twice", "", "\"" + printable(twice->name) + "\"");
  }
  return directory;
}

const ZipRecord* ZipDirectory::find(std::string_view name) const {
  const auto found =
      std::lower_bound(records_.begin(), records_.end(), name,
                       [](const ZipRecord& a, std::string_view b) { return a.name < b; });
  return found != records_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace medcl
