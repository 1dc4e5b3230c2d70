// SPDX-License-Identifier: Apache-2.0
#pragma once

// CRC-32C (Castagnoli), the checksum of TensorBoard event files.

#include <cstdint>
#include <span>

namespace medcl {

std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

}  // namespace medcl
