// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/utf8.h"

#include <cstddef>
#include <cstdint>

namespace medcl {
namespace {

constexpr std::uint32_t kFirstEscape = 0xEF80, kLastEscape = 0xEFFF, kByteOfFirst = 0x80;
constexpr std::size_t kEscapeBytes = 3;

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0 = not valid UTF-8
};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

/// The character that begins at `at`.
Character character_at(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < bytes) return {};
  std::uint32_t code = first & (0x7FU >> bytes);
  for (std::size_t n = 1; n < bytes; ++n) {
    const std::uint8_t next = byte_at(text, at + n);
    if ((next & 0xC0) != 0x80) return {};
    code = code << 6 | (next & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kSmallest[bytes] || surrogate || code > 0x10FFFF ? Character{}
                                                                 : Character{code, bytes};
}

bool is_escape(const Character& one) {
  return one.bytes == kEscapeBytes && one.code >= kFirstEscape && one.code <= kLastEscape;
}

void append_escape(std::string& text, std::uint8_t byte) {
  const std::uint32_t code = kFirstEscape + byte - kByteOfFirst;
  text += static_cast<char>(0xE0 | code >> 12);
  text += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  text += static_cast<char>(0x80 | (code & 0x3F));
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const Character one = character_at(bytes, at);
    if (one.bytes == 0) return false;
    at += one.bytes;
  }
  return true;
}

std::string utf8_of_bytes(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Character one = character_at(bytes, at);
    const std::size_t taken = one.bytes == 0 ? 1 : one.bytes;
    if (one.bytes == 0 || is_escape(one)) {
      for (std::size_t n = 0; n < taken; ++n) append_escape(text, byte_at(bytes, at + n));
    } else {
      text += bytes.substr(at, taken);
    }
    at += taken;
  }
  return text;
}

std::string bytes_of_utf8(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character one = character_at(text, at);
    const std::size_t taken = one.bytes == 0 ? 1 : one.bytes;
    if (is_escape(one)) {
      bytes += static_cast<char>(one.code - kFirstEscape + kByteOfFirst);
    } else {
      bytes += text.substr(at, taken);
    }
    at += taken;
  }
  return bytes;
}

}  // namespace medcl
