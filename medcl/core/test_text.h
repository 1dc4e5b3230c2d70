// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random text for tests: words of ASCII, accents, combining marks, ideographs, emoji, control
// characters and bytes that are no UTF-8.

#include <array>
#include <string>

#include "medcl/core/random.h"

namespace medcl {

inline std::string random_text(RandomStream& random, int longest) {
  constexpr std::array kPieces = {"a",
                                  "Z",
                                  "7",
                                  " ",
                                  "  ",
                                  "/",
                                  "_",
                                  ".",
                                  "-",
                                  "\xC3\xA9",
                                  "\xC2\xB1",
                                  "e\xCC\x81",
                                  "\xE5\xBF\x83",
                                  "\xF0\x9F\xAB\x80",
                                  "\xD0\x96",
                                  "\t",
                                  "\x1b[31m",
                                  "\xFF",
                                  "\xC3",
                                  "\xE2\x80\x8B"};
  std::string text;
  const auto count = random.integer(longest + 1);
  for (std::int64_t n = 0; n < count; ++n) {
    text += kPieces[static_cast<std::size_t>(random.integer(kPieces.size()))];
  }
  return text;
}

}  // namespace medcl
