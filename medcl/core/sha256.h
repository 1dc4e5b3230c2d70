// SPDX-License-Identifier: Apache-2.0
#pragma once

// SHA-256 (FIPS 180-4) of buffers and files, as 64 lower-case hexadecimal digits, by OpenSSL's
// libcrypto: about 1.5 GB/s where the processor has instructions for it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace medcl {

class Sha256 {
 public:
  /// @throws std::bad_alloc
  Sha256();
  void update(std::span<const std::uint8_t> bytes);
  /// Ends the computation; the object must not be used afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);
/// The hash of the content of a file. @throws Error(kIo)
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace medcl
