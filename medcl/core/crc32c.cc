// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/crc32c.h"

#include <array>
#include <cstring>

namespace medcl {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? value >> 1 ^ 0x82F63B78U : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

constexpr auto kTable = make_table();

std::uint32_t by_table(std::span<const std::uint8_t> bytes, std::uint32_t value) {
  for (const std::uint8_t byte : bytes) {
    value = value >> 8 ^ kTable[(value ^ byte) & 0xFF];
  }
  return value;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::span<const std::uint8_t> bytes,
                                                               std::uint32_t value) {
  std::uint64_t wide = value;
  while (bytes.size() >= sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
    bytes = bytes.subspan(sizeof word);
  }
  return by_table(bytes, static_cast<std::uint32_t>(wide));
}

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }
#else
std::uint32_t by_instruction(std::span<const std::uint8_t> bytes, std::uint32_t value) {
  return by_table(bytes, value);
}

bool has_instruction() { return false; }
#endif

}  // namespace

std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t before) {
  return has_instruction() ? ~by_instruction(bytes, ~before) : ~by_table(bytes, ~before);
}

}  // namespace medcl
