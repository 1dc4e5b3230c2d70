// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text to the numbers that CLIP's text tower reads: byte-pair encoding.
//
// Source: Radford et al., Learning transferable visual models from natural language supervision,
// ICML 2021; Sennrich et al., Neural machine translation of rare words with subword units, ACL
// 2016.
//
// The list of merges is OpenAI's and is not part of MedCL: the user supplies
// bpe_simple_vocab_16e6.txt.gz (github.com/openai/CLIP, folder clip; MIT licence; also in the
// Python packages of CLIP and open_clip).

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace medcl::clip {

/// Printable ASCII is exact. Of other text, curly quotes become straight; broken encodings,
/// ligatures and decomposed accents are not repaired, and rare scripts may be split otherwise.
class Tokenizer {
 public:
  static constexpr std::int64_t kContext = 77;

  /// The file named above, or its content uncompressed. @throws Error(kIo) when it cannot be read
  /// or its merges are not those that CLIP was trained with.
  static Tokenizer open(const std::filesystem::path& path);
  /// Any list of merges, one "left right" per line, best first. @throws Error(kIo) naming `name`.
  static Tokenizer from_merges(std::string_view merges, const std::string& name);

  /// Numbers of the text, without start and end.
  /// @throws Error(kUsage) control characters, not UTF-8, or more than 4096 bytes.
  [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text) const;
  /// Start, text, end, then zeros up to kContext. Too long a text is cut, keeping the end, when
  /// `truncate` is set, and otherwise refused. @throws Error(kUsage)
  [[nodiscard]] std::vector<std::int64_t> tokens(std::string_view text,
                                                 bool truncate = false) const;

  [[nodiscard]] std::int64_t start_token() const { return end_token() - 1; }
  [[nodiscard]] std::int64_t end_token() const { return size() + 1; }

 private:
  void add_word(const std::string& bytes, std::vector<std::int64_t>& numbers) const;
  /// Symbols of single bytes and of merges.
  [[nodiscard]] std::int64_t size() const {
    return kByteSymbols + static_cast<std::int64_t>(merged_.size());
  }

  static constexpr std::int64_t kByteSymbols = 512;
  std::unordered_map<std::string, std::int64_t> ranks_;   ///< "left right" -> place in the list
  std::unordered_map<std::string, std::int64_t> merged_;  ///< joined symbol -> number
};

}  // namespace medcl::clip
