// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/joined.h"

#include <algorithm>

namespace medcl {

std::string joined(std::span<const std::string> words, std::string_view between) {
  std::string text;
  for (std::size_t n = 0; n < words.size(); ++n) {
    if (n > 0) text += between;
    text += words[n];
  }
  return text;
}

std::string joined_up_to(std::size_t most, std::span<const std::string> words) {
  const std::string text = joined(words.first(std::min(most, words.size())));
  return words.size() <= most ? text
                              : text + " and " + std::to_string(words.size() - most) + " more";
}

}  // namespace medcl
