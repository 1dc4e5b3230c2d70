// SPDX-License-Identifier: Apache-2.0
#pragma once

// A check of TOML text in front of toml++, whose version 3.3 has undefined behaviour where it looks
// for blanks and finds some of the characters beyond ASCII. TOML itself allows those only in
// strings and comments.
//
// Source: TOML v1.0.0, sections Comment, Keys and String.

#include <string>
#include <string_view>

namespace medcl {

/// @throws Error(kIo) naming the line of the first character beyond ASCII that is neither in a
/// string nor in a comment, or that follows the escaped end of a line in a string of several lines.
void check_toml_characters(std::string_view text, const std::string& name);

}  // namespace medcl
