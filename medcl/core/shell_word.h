// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace medcl {

/// `word` as a shell takes it for one word: as it is where it has plain characters only, else in
/// single quotes.
std::string shell_word(const std::string& word);

}  // namespace medcl
