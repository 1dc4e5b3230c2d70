// SPDX-License-Identifier: Apache-2.0
#pragma once

// Base64 (RFC 4648, with padding), to embed pictures in HTML.

#include <cstdint>
#include <span>
#include <string>

namespace medcl {

std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace medcl
