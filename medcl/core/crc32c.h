// SPDX-License-Identifier: Apache-2.0
#pragma once

// CRC-32C (Castagnoli): the checksum of TensorBoard event files and of prepared cases. Finds every
// error within 32 neighbouring bits, and any other but for one in four thousand million; no
// protection against intent.
//
// Source: Castagnoli, Braeuer & Herrmann, IEEE Transactions on Communications 41, 1993; RFC 3720.

#include <cstdint>
#include <span>

namespace medcl {

/// The checksum of `bytes`, or of what came before them and `bytes` when `before` is the checksum
/// of that. About 8 GB/s where the processor has an instruction for it (SSE 4.2), else 0.4 GB/s.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t before = 0);

}  // namespace medcl
