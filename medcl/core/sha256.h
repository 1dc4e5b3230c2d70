// SPDX-License-Identifier: Apache-2.0
#pragma once

// SHA-256 (FIPS 180-4) of buffers and files, as 64 lower-case hexadecimal digits.

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace medcl {

class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::uint8_t> bytes);
  /// Ends the computation; the object must not be used afterwards.
  [[nodiscard]] std::string hex();

 private:
  void block(const std::uint8_t* bytes);
  std::array<std::uint32_t, 8> state_;
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t length_ = 0;
};

std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);
/// @throws Error(kIo)
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace medcl
