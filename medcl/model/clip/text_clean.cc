// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/text_clean.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include "medcl/core/error.h"
#include "medcl/model/clip/unicode.h"

namespace medcl::clip {
namespace {

constexpr std::u32string_view kWordsOfTheirOwn[] = {
    U"<|startoftext|>", U"<|endoftext|>", U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};

struct Entity {
  std::u32string_view name;
  char32_t character;
  bool needs_semicolon;
};

constexpr Entity kEntities[] = {{U"amp", U'&', false},  {U"lt", U'<', false},
                                {U"gt", U'>', false},   {U"quot", U'"', false},
                                {U"nbsp", 0xA0, false}, {U"apos", U'\'', true}};

struct Resolved {
  char32_t character;
  std::size_t length;  ///< characters that stand for it
};

/// "&#39;" and "&#x27;".
std::optional<Resolved> numbered_entity(std::u32string_view text) {
  const bool hexadecimal = text.size() > 2 && (text[2] == U'x' || text[2] == U'X');
  const std::uint32_t base = hexadecimal ? 16 : 10;
  std::size_t end = hexadecimal ? 3 : 2;
  const std::size_t start = end;
  std::uint32_t value = 0;
  for (; end < text.size() && value < 0x110000; ++end) {
    const char32_t digit = lower_case(text[end]);
    const bool is_letter = hexadecimal && digit >= U'a' && digit <= U'f';
    if (!is_letter && !(digit >= U'0' && digit <= U'9')) break;
    value = value * base + (is_letter ? digit - U'a' + 10 : digit - U'0');
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (end == start || value < 32 || value >= 0x110000 || surrogate) return std::nullopt;
  const bool closed = end < text.size() && text[end] == U';';
  return Resolved{value, end + (closed ? 1 : 0)};
}

/// The entity that `text`, which begins with '&', begins with.
std::optional<Resolved> entity_at(std::u32string_view text) {
  if (text.size() > 1 && text[1] == U'#') return numbered_entity(text);
  for (const Entity& entity : kEntities) {
    if (!text.substr(1).starts_with(entity.name)) continue;
    const std::size_t end = 1 + entity.name.size();
    const bool closed = end < text.size() && text[end] == U';';
    if (closed || !entity.needs_semicolon)
      return Resolved{entity.character, end + (closed ? 1 : 0)};
  }
  return std::nullopt;
}

std::u32string without_entities(std::u32string_view text) {
  std::u32string result;
  while (!text.empty()) {
    const auto entity = text.front() == U'&' ? entity_at(text) : std::nullopt;
    result += entity ? entity->character : text.front();
    text.remove_prefix(entity ? entity->length : 1);
  }
  return result;
}

char32_t straight_quote(char32_t character) {
  if (character == 0x2018 || character == 0x2019) return U'\'';
  return character == 0x201C || character == 0x201D ? U'"' : character;
}

[[noreturn]] void refuse_control(char32_t character) {
  char code[16];
  std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(character));
  fail(ErrorCode::kUsage, {.what = "text holds a control character", .found = code});
}

/// How many characters belong to the word that `text`, which begins with no space, begins with.
std::size_t word_length(std::u32string_view text) {
  for (const std::u32string_view word : kWordsOfTheirOwn) {
    if (text.starts_with(word)) return word.size();
  }
  const CharClass kind = class_of(text.front());
  if (kind == CharClass::kNumber) return 1;
  const auto end = std::find_if(text.begin(), text.end(),
                                [kind](char32_t character) { return class_of(character) != kind; });
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

std::u32string clean_text(std::string_view text) {
  std::u32string cleaned;
  bool space_before = false;
  for (char32_t character : without_entities(without_entities(decode_utf8(text)))) {
    character = lower_case(straight_quote(character));
    const bool is_space = class_of(character) == CharClass::kSpace;
    if (!is_space && (character < 32 || (character >= 0x7F && character < 0xA0))) {
      refuse_control(character);
    }
    if (!is_space) {
      if (space_before && !cleaned.empty()) cleaned += U' ';
      cleaned += character;
    }
    space_before = is_space;
  }
  return cleaned;
}

std::vector<std::string> split_words(std::u32string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const bool is_space = class_of(text.front()) == CharClass::kSpace;
    const std::size_t length = is_space ? 1 : word_length(text);
    if (!is_space) words.push_back(encode_utf8(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return words;
}

}  // namespace medcl::clip
