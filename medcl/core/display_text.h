// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text in the columns of a terminal: how wide UTF-8 is, and how it is cut and wrapped. Widths are
// those of the C library (wcwidth): 2 for East Asian and emoji characters, 0 for combining marks.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace medcl {

/// `text` as a terminal can show it: control characters, line ends too, become spaces; bytes that
/// are not UTF-8, and characters without a width, become U+FFFD.
std::string printable(std::string_view text);

/// Columns that printable(text) takes.
std::size_t display_width(std::string_view text);

/// printable(text), or as much of its beginning as fits `width` columns together with "..." (with
/// fewer dots where `width` is below 3).
std::string cut_to_width(std::string_view text, std::size_t width);

/// Lines of at most `width` columns (at least 2), at least one. A line ends at '\n' and at spaces;
/// a word that is too long for a line ends behind / \ - _ . , ; : = where it has one, else
/// anywhere.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace medcl
