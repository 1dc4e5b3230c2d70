// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/input_file.h"

namespace medcl {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

void Sha256::update(std::span<const std::uint8_t> bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-256 goes on");
}

std::string Sha256::hex() {
  std::array<std::uint8_t, 32> digest{};
  check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1, "SHA-256 ends");
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

std::string sha256_hex(std::string_view text) {
  return sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string sha256_of_file(const std::filesystem::path& path) {
  InputFile file = InputFile::open(path);
  Sha256 hash;
  std::vector<std::uint8_t> buffer(std::size_t{1} << 18);
  for (std::size_t count = file.read(buffer); count > 0; count = file.read(buffer)) {
    hash.update(std::span(buffer).first(count));
  }
  return hash.hex();
}

}  // namespace medcl
