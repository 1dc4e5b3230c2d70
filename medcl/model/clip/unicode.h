// SPDX-License-Identifier: Apache-2.0
#pragma once

// As much of Unicode as CLIP's tokenizer needs. ASCII is exact; beyond it the tables are short:
// letters of Latin, Greek and Cyrillic get their lower case, and whatever is no known space,
// number, punctuation, mark or symbol counts as a letter.
//
// Source: The Unicode Standard 15, chapter 4 (general categories).

#include <string>
#include <string_view>

namespace medcl::clip {

enum class CharClass { kSpace, kLetter, kNumber, kOther };

/// @throws Error(kUsage) when `text` is not UTF-8.
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);
CharClass class_of(char32_t character);
char32_t lower_case(char32_t character);

}  // namespace medcl::clip
