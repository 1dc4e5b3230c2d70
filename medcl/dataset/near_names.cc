// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/near_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "medcl/core/names.h"
#include "medcl/dataset/case_files.h"

namespace medcl {
namespace {

using Tokens = std::vector<std::string>;

constexpr std::array<std::string_view, 24> kLabelWords = {
    "label",     "labels",     "labelmap",    "lbl",           "seg",    "segmentation",
    "mask",      "masks",      "gt",          "truth",         "manual", "scribble",
    "scribbles", "annotation", "annotated",   "contour",       "roi",    "groundtruth",
    "segs",      "labelmaps",  "annotations", "segmentations", "rois",   "contours"};
constexpr std::size_t kLongEnough = 5;  // letters, before a slip of the keyboard is believed
constexpr std::size_t kSlips = 2;
constexpr char kAccented = '?';

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

/// The code point at `at`; a byte that is not UTF-8 stands for itself.
CodePoint code_point(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
  const unsigned char first = byte(at);
  const std::size_t bytes = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (bytes == 1 || first < 0xC0 || at + bytes > text.size()) return {first, 1};
  char32_t value = first & (0xFFU >> (bytes + 1));
  for (std::size_t n = 1; n < bytes; ++n) {
    if ((byte(at + n) & 0xC0U) != 0x80) return {first, 1};
    value = (value << 6U) | (byte(at + n) & 0x3FU);
  }
  return {value, bytes};
}

/// Combining accents, the voicing marks of kana, the vowels and finals of decomposed Hangul.
bool is_mark(char32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || c == 0x3099 || c == 0x309A ||
         (c >= 0x1160 && c <= 0x11FF);
}

/// Every character beyond ASCII, and every one with an accent, becomes '?': equal for all ways to
/// write an accent, without tables of Unicode.
std::string without_accents(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint here = code_point(text, at);
    at += here.bytes;
    if (is_mark(here.value)) {
      if (!plain.empty()) plain.back() = kAccented;
    } else {
      plain += here.value < 0x80 ? static_cast<char>(here.value) : kAccented;
    }
  }
  return plain;
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_number(const std::string& token) { return is_digit(token.front()); }

/// Runs of letters in lower case and of digits without leading zeros; words for labels left out.
Tokens tokens_of(const std::string& name) {
  Tokens tokens;
  bool apart = true;
  for (const char c : without_accents(name)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0 && c != kAccented) {
      apart = true;
      continue;
    }
    if (apart || is_number(tokens.back()) != is_digit(c)) tokens.emplace_back();
    apart = false;
    std::string& token = tokens.back();
    if (token == "0") token.clear();
    token += static_cast<char>(std::tolower(byte));
  }
  std::erase_if(tokens, is_label_word);
  return tokens;
}

bool followed_by_words(const Tokens& shorter, const Tokens& longer) {
  return !shorter.empty() && shorter.size() < longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin()) &&
         std::none_of(longer.begin() + static_cast<std::ptrdiff_t>(shorter.size()), longer.end(),
                      is_number);
}

}  // namespace

NearNames::Name NearNames::parse(const std::string& id) {
  Name name{id, tokens_of(id), "", ""};
  for (const std::string& token : name.tokens) {
    (is_number(token) ? name.numbers : name.letters) += token + " ";
  }
  return name;
}

/// 0 the same, 1 with words behind it, 2 a slip; 3 not near.
int NearNames::distance_class(const Name& a, const Name& b) {
  if (!a.tokens.empty() && a.tokens == b.tokens) return 0;
  if (followed_by_words(a.tokens, b.tokens) || followed_by_words(b.tokens, a.tokens)) return 1;
  const bool long_enough = std::min(a.letters.size(), b.letters.size()) > kLongEnough;
  const bool slip =
      a.numbers == b.numbers && long_enough && edit_distance(a.letters, b.letters) <= kSlips;
  return slip ? 2 : 3;
}

NearNames::NearNames(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) names_.push_back(parse(id));
}

/// The only name of the nearest class.
std::optional<std::string> NearNames::nearest(const std::string& stem) const {
  const Name name = parse(stem);
  int best = 3;
  std::vector<std::string> found;
  for (const Name& other : names_) {
    const int distance = distance_class(name, other);
    if (distance < best) found.clear();
    best = std::min(best, distance);
    if (distance == best && best < 3) found.push_back(other.id);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

std::optional<std::string> NearNames::find(const std::string& stem) const {
  if (const auto image = image_name_of(stem)) {
    const bool known = std::any_of(names_.begin(), names_.end(),
                                   [&](const Name& name) { return name.id == image->id; });
    if (known) return image->id;
    if (auto found = nearest(image->id)) return found;
  }
  return nearest(stem);
}

bool is_label_word(const std::string& word) {
  return std::find(kLabelWords.begin(), kLabelWords.end(), word) != kLabelWords.end();
}

bool look_alike(const std::string& a, const std::string& b) {
  return a != b && without_accents(a) == without_accents(b);
}

}  // namespace medcl
