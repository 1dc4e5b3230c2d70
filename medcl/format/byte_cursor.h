// SPDX-License-Identifier: Apache-2.0
#pragma once

// Little-endian reading of a block of bytes that never leaves it, and texts of a file made safe for
// a message. For readers of files that may be hostile.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "medcl/core/error.h"

namespace medcl {

/// The first 80 bytes of `text`, each that is not printable ASCII replaced by '?'.
inline std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string shown(text.substr(0, kLongest));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > kLongest ? shown + "..." : shown;
}

class ByteCursor {
 public:
  ByteCursor(std::span<const std::uint8_t> bytes, std::string where)
      : bytes_(bytes), where_(std::move(where)) {}

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }
  [[nodiscard]] const std::string& where() const { return where_; }

  /// The next `count` bytes. @throws Error(kIo) when fewer are left.
  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > remaining()) {
      fail(ErrorCode::kIo, {.what = "ends too early",
                            .where = where_ + ": byte " + std::to_string(position_),
                            .expected = std::to_string(count) + " more bytes",
                            .found = std::to_string(remaining())});
    }
    const auto part = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += part.size();
    return part;
  }
  std::string_view text(std::uint64_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  /// Takes an unsigned number of 1 to 8 bytes.
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    const auto part = take(width);
    for (std::size_t i = width; i-- > 0;) value = value << 8 | part[i];
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::string where_;
  std::size_t position_ = 0;
};

}  // namespace medcl
