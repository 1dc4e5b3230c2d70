// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of files are bytes, texts of JSON and TOML are UTF-8. Every text that this program writes
// into such a file goes through utf8_of_bytes, and every text that it reads from one through
// bytes_of_utf8, so that a name in any encoding comes back byte for byte.
//
// Source: MirBSD's OPTU encoding: a byte 80..FF that is not part of valid UTF-8 becomes the
// character U+EF80..U+EFFF of the private use area; a text that holds such characters itself has
// their bytes written in the same way.

#include <string>
#include <string_view>

namespace medcl {

/// Whether `bytes` are UTF-8, well-formed after RFC 3629: no overlong forms, no surrogates, nothing
/// beyond U+10FFFF.
bool is_utf8(std::string_view bytes);

/// Any bytes as valid UTF-8; valid text without characters U+EF80..U+EFFF stays as it is. Linear.
std::string utf8_of_bytes(std::string_view bytes);

/// The inverse of utf8_of_bytes: bytes_of_utf8(utf8_of_bytes(x)) == x for every x.
std::string bytes_of_utf8(std::string_view text);

}  // namespace medcl
