// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <span>

#include "medcl/core/sha256.h"
#include "medcl/image/geometry.h"

int main() {
  const std::string digest = medcl::sha256_hex(std::span<const std::uint8_t>());
  std::puts(digest.c_str());
  return digest.starts_with("e3b0c442") ? 0 : 1;
}
