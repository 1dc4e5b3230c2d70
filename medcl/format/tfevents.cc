// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/tfevents.h"

#include <bit>
#include <chrono>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "medcl/core/crc32c.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"

namespace medcl {
namespace {

// Field numbers of event.proto with their wire types (field * 8 + wire type).
enum Key : char {
  kWallTime = 1 * 8 + 1,     // double
  kStep = 2 * 8 + 0,         // int64
  kFileVersion = 3 * 8 + 2,  // string
  kSummary = 5 * 8 + 2,      // message Summary
  kValue = 1 * 8 + 2,        // message Summary.Value
  kTag = 1 * 8 + 2,          // string
  kSimpleValue = 2 * 8 + 5,  // float
};

constexpr std::size_t kRecordOverhead = 16;

template <typename Word>
std::string fixed(Word value) {
  std::string text;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    text += static_cast<char>(value >> (8 * i) & 0xFF);
  }
  return text;
}

std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7) {
    text += static_cast<char>((value & 0x7F) | 0x80);
  }
  return text + static_cast<char>(value);
}

std::string delimited(Key key, const std::string& content) {
  return static_cast<char>(key) + varint(content.size()) + content;
}

std::string time_field(double wall_time) {
  return static_cast<char>(kWallTime) + fixed(std::bit_cast<std::uint64_t>(wall_time));
}

std::uint32_t masked_crc(std::span<const std::uint8_t> bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U;
}

std::uint32_t masked_crc(const std::string& text) {
  return masked_crc({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::uint64_t read_word(std::span<const std::uint8_t> bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = value << 8 | bytes[i];
  }
  return value;
}

// The length of the longest prefix that consists of intact records.
std::size_t intact_length(std::span<const std::uint8_t> bytes) {
  std::size_t used = 0;
  while (bytes.size() - used >= kRecordOverhead) {
    const auto rest = bytes.subspan(used);
    const std::uint64_t length = read_word(rest, 8);
    if (length > rest.size() - kRecordOverhead ||
        read_word(rest.subspan(8), 4) != masked_crc(rest.first(8)) ||
        read_word(rest.subspan(12 + length), 4) != masked_crc(rest.subspan(12, length))) {
      break;
    }
    used += kRecordOverhead + length;
  }
  return used;
}

}  // namespace

TfEventsWriter::TfEventsWriter(const std::filesystem::path& path, bool append) {
  std::error_code error;
  std::size_t kept = 0;
  if (append && std::filesystem::exists(path, error)) {
    const std::vector<std::uint8_t> bytes = read_file(path);
    kept = intact_length(bytes);
    if (kept == 0 && bytes.size() >= kRecordOverhead) {
      fail(ErrorCode::kIo, {.what = "is not a TensorBoard event file", .where = path.string()});
    }
    std::filesystem::resize_file(path, kept, error);
    if (error) {
      fail(ErrorCode::kIo,
           {.what = "cannot shorten", .where = path.string(), .found = error.message()});
    }
  }
  if (!append) FileSystem::get().remove(path);
  file_ = FileSystem::get().append_to(path);
  if (kept == 0) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    write_record(time_field(now.count()) + delimited(kFileVersion, "brain.Event:2"));
    flush();
  }
}

TfEventsWriter::~TfEventsWriter() {
  try {
    flush();
  } catch (const std::exception&) {
    // Whoever must know calls flush().
  }
}

void TfEventsWriter::write_record(const std::string& event) {
  const std::string length = fixed(std::uint64_t{event.size()});
  pending_ += length + fixed(masked_crc(length)) + event + fixed(masked_crc(event));
}

void TfEventsWriter::add_scalar(const std::string& tag, std::int64_t step, double value,
                                double wall_time) {
  const std::string scalar = static_cast<char>(kSimpleValue) +
                             fixed(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  const std::string summary = delimited(kValue, delimited(kTag, tag) + scalar);
  write_record(time_field(wall_time) + static_cast<char>(kStep) +
               varint(static_cast<std::uint64_t>(step)) + delimited(kSummary, summary));
}

void TfEventsWriter::flush() {
  const std::string records = std::exchange(pending_, {});
  if (!records.empty()) {
    file_->append({reinterpret_cast<const std::uint8_t*>(records.data()), records.size()});
  }
}

void TfEventsWriter::sync() {
  flush();
  file_->sync();
}

}  // namespace medcl
