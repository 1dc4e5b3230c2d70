// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/tokenizer.h"

#include <algorithm>
#include <optional>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/sha256.h"
#include "medcl/format/gzip.h"
#include "medcl/model/clip/text_clean.h"
#include "medcl/model/clip/unicode.h"

namespace medcl::clip {
namespace {

constexpr std::size_t kMerges = 48894;  // of the 262 144 in the file, as CLIP was trained
constexpr const char* kMergesSha256 =
    "d308b7377a8ceaa9707a21614fe8c831b9196e197b7aeb69833359362907af02";
constexpr std::uint64_t kMostBytes = 16U << 20;
constexpr std::size_t kLongestText = 4096;
constexpr const char* kWordEnd = "</w>";

/// The lines after the first (a version), as many as CLIP uses.
std::string_view used_lines(std::string_view text) {
  const std::size_t start = text.find('\n') + 1;
  std::size_t end = start;
  for (std::size_t line = 0; line < kMerges && end != std::string_view::npos; ++line) {
    const std::size_t newline = text.find('\n', end);
    end = newline == std::string_view::npos ? newline : newline + 1;
  }
  return text.substr(start, end == std::string_view::npos ? end : end - start);
}

/// Printable bytes stand for themselves, the others for the characters from 256 on. In the order
/// of the vocabulary: first the printable ones.
std::vector<std::pair<unsigned, std::string>> ordered_byte_symbols() {
  std::vector<std::pair<unsigned, std::string>> printable, others;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool is_printable =
        (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const char32_t character = is_printable ? byte : 256 + static_cast<char32_t>(others.size());
    (is_printable ? printable : others).emplace_back(byte, encode_utf8({&character, 1}));
  }
  printable.insert(printable.end(), others.begin(), others.end());
  return printable;
}

/// Where every vocabulary begins: the symbols of the 256 bytes, inside and at the end of a word.
struct BaseVocabulary {
  std::vector<std::string> byte_symbols;  ///< printable stand-in of each byte
  std::unordered_map<std::string, std::int64_t> numbers;

  BaseVocabulary() : byte_symbols(256) {
    const auto bytes = ordered_byte_symbols();
    for (const char* end : {"", kWordEnd}) {
      for (const auto& [byte, symbol] : bytes) {
        byte_symbols[byte] = symbol;
        numbers.emplace(symbol + end, static_cast<std::int64_t>(numbers.size()));
      }
    }
  }

  static const BaseVocabulary& get() {
    static const BaseVocabulary one;
    return one;
  }
};

/// The pair of neighbours that stands first in the list of merges.
std::optional<std::string> best_pair(const std::vector<std::string>& symbols,
                                     const std::unordered_map<std::string, std::int64_t>& ranks) {
  std::optional<std::string> best;
  std::int64_t best_rank = 0;
  for (std::size_t k = 0; k + 1 < symbols.size(); ++k) {
    const std::string pair = symbols[k] + " " + symbols[k + 1];
    const auto found = ranks.find(pair);
    if (found != ranks.end() && (!best || found->second < best_rank)) {
      best = pair;
      best_rank = found->second;
    }
  }
  return best;
}

/// Joins every occurrence of the pair, from left to right.
std::vector<std::string> merged(const std::vector<std::string>& symbols, const std::string& pair) {
  std::vector<std::string> result;
  for (std::size_t k = 0; k < symbols.size(); ++k) {
    const bool joins = k + 1 < symbols.size() &&
                       symbols[k].size() + 1 + symbols[k + 1].size() == pair.size() &&
                       symbols[k] + " " + symbols[k + 1] == pair;
    result.push_back(joins ? symbols[k] + symbols[k + 1] : symbols[k]);
    k += joins ? 1 : 0;
  }
  return result;
}

}  // namespace

Tokenizer Tokenizer::open(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes = read_file(path, kMostBytes);
  if (looks_like_gzip(bytes)) {
    bytes = gunzip(bytes, kMostBytes, path.string());
  }
  const std::string_view merges =
      used_lines({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string found = sha256_hex(merges);
  if (found != kMergesSha256) {
    fail(ErrorCode::kIo,
         {.what = "these are not CLIP's merges",
          .where = path.string(),
          .expected = std::string("SHA-256 ") + kMergesSha256 + " of lines 2 to 48895",
          .found = found,
          .remedy = "use bpe_simple_vocab_16e6.txt.gz of github.com/openai/CLIP"});
  }
  return from_merges(merges, path.string());
}

Tokenizer Tokenizer::from_merges(std::string_view merges, const std::string& name) {
  Tokenizer tokenizer;
  while (!merges.empty()) {
    const std::string line(merges.substr(0, merges.find('\n')));
    merges.remove_prefix(std::min(merges.size(), line.size() + 1));
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || space == 0 || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string::npos) {
      fail(ErrorCode::kIo, {.what = "not a list of merges",
                            .where = name,
                            .expected = "two symbols per line",
                            .found = "'" + line + "'"});
    }
    tokenizer.ranks_.try_emplace(line, static_cast<std::int64_t>(tokenizer.ranks_.size()));
    const std::string joined = line.substr(0, space) + line.substr(space + 1);
    if (BaseVocabulary::get().numbers.count(joined) == 0) {
      tokenizer.merged_.try_emplace(joined, tokenizer.size());
    }
  }
  return tokenizer;
}

void Tokenizer::add_word(const std::string& bytes, std::vector<std::int64_t>& numbers) const {
  const BaseVocabulary& base = BaseVocabulary::get();
  std::vector<std::string> symbols;
  for (const char byte : bytes) {
    symbols.push_back(base.byte_symbols[static_cast<unsigned char>(byte)]);
  }
  symbols.back() += kWordEnd;
  while (const auto pair = best_pair(symbols, ranks_)) {
    symbols = merged(symbols, *pair);
  }
  for (const std::string& symbol : symbols) {
    const auto found = base.numbers.find(symbol);
    numbers.push_back(found != base.numbers.end() ? found->second : merged_.at(symbol));
  }
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  if (text.size() > kLongestText) {
    fail(ErrorCode::kUsage, {.what = "text is too long",
                             .expected = "at most " + std::to_string(kLongestText) + " bytes",
                             .found = std::to_string(text.size())});
  }
  std::vector<std::int64_t> numbers;
  for (const std::string& word : split_words(clean_text(text))) {
    if (word == kStartOfText) {
      numbers.push_back(start_token());
    } else if (word == kEndOfText) {
      numbers.push_back(end_token());
    } else {
      add_word(word, numbers);
    }
  }
  return numbers;
}

std::vector<std::int64_t> Tokenizer::tokens(std::string_view text, bool truncate) const {
  std::vector<std::int64_t> numbers = encode(text);
  numbers.insert(numbers.begin(), start_token());
  numbers.push_back(end_token());
  const bool too_long = std::ssize(numbers) > kContext;
  if (too_long && !truncate) {
    fail(ErrorCode::kUsage, {.what = "text is too long for CLIP",
                             .where = "'" + std::string(text.substr(0, 40)) + "...'",
                             .expected = "at most " + std::to_string(kContext - 2) + " tokens",
                             .found = std::to_string(numbers.size() - 2)});
  }
  numbers.resize(kContext, 0);
  if (too_long) numbers.back() = end_token();
  return numbers;
}

}  // namespace medcl::clip
