// SPDX-License-Identifier: Apache-2.0
#pragma once

// What happens to a text before CLIP's byte-pair encoding: cleaning and cutting into words.
//
// Source: Radford et al., Learning transferable visual models from natural language supervision,
// ICML 2021, and the behaviour of its published tokenizer.

#include <string>
#include <string_view>
#include <vector>

namespace medcl::clip {

inline constexpr std::string_view kStartOfText = "<|startoftext|>";
inline constexpr std::string_view kEndOfText = "<|endoftext|>";

/// Curly quotes straight, HTML entities (the common names and numbers) resolved twice, runs of
/// space to one, none at the ends, lower case.
/// @throws Error(kUsage) when it is not UTF-8 or holds a control character.
std::u32string clean_text(std::string_view text);

/// Left to right: the two special words; 's 't 're 've 'm 'll 'd; runs of letters; single numbers;
/// runs of anything else but space. As UTF-8.
std::vector<std::string> split_words(std::u32string_view text);

}  // namespace medcl::clip
