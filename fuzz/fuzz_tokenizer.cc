// SPDX-License-Identifier: Apache-2.0
// A list of merges and, after a zero byte, a text: tokens of an accepted text fill the context and
// are numbers of the vocabulary.

#include <algorithm>

#include "fuzz/one_line.h"
#include "medcl/core/error.h"
#include "medcl/model/clip/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using medcl::clip::Tokenizer;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = std::min(bytes.find('\0'), size);
  try {
    const Tokenizer tokenizer = Tokenizer::from_merges(bytes.substr(0, zero), "fuzz");
    const auto tokens =
        tokenizer.tokens(zero < size ? bytes.substr(zero + 1) : std::string_view(), true);
    if (tokens.size() != static_cast<std::size_t>(Tokenizer::kContext)) __builtin_trap();
    for (const std::int64_t token : tokens) {
      if (token < 0 || token > tokenizer.end_token()) __builtin_trap();
    }
  } catch (const medcl::Error& error) {
    expect_one_line(error);
  }
  return 0;
}
