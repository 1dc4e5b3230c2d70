// SPDX-License-Identifier: Apache-2.0
#pragma once

// gzip streams (RFC 1952) with a limit on the output.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace medcl {

bool looks_like_gzip(std::span<const std::uint8_t> bytes);

/// Inflates up to `limit_bytes`. With `allow_partial`, stops quietly once the limit is reached (to
/// read a header); without, a longer stream is an error. Checks CRC and length of every member.
/// @throws Error(kIo) truncated, damaged or followed by garbage; `name` names the file.
std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                                 const std::string& name, bool allow_partial = false);

/// The number of bytes gunzip would give, found without keeping them. Same checks and errors.
std::uint64_t gunzip_size(std::span<const std::uint8_t> bytes, std::uint64_t limit_bytes,
                          const std::string& name);

/// One member, no name, no time: equal input gives equal bytes.
std::vector<std::uint8_t> gzip(std::span<const std::uint8_t> bytes, int level = 6);

}  // namespace medcl
