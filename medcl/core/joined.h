// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lists of words as one text.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace medcl {

/// "a, b, c".
std::string joined(std::span<const std::string> words, std::string_view between = ", ");
/// "a, b, c and 4 more": at most the first `most` words.
std::string joined_up_to(std::size_t most, std::span<const std::string> words);

}  // namespace medcl
