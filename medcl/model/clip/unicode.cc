// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/unicode.h"

#include <algorithm>
#include <iterator>

#include "medcl/core/error.h"

namespace medcl::clip {
namespace {

struct Range {
  char32_t first, last;
};

constexpr Range kSpaces[] = {{0x09, 0x0D},     {0x1C, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},
                             {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                             {0x205F, 0x205F}, {0x3000, 0x3000}};

constexpr Range kNumbers[] = {
    {'0', '9'},       {0xB2, 0xB3},     {0xB9, 0xB9},     {0xBC, 0xBE},     {0x0660, 0x0669},
    {0x06F0, 0x06F9}, {0x0966, 0x096F}, {0x09E6, 0x09EF}, {0x0E50, 0x0E59}, {0x2070, 0x2079},
    {0x2080, 0x2089}, {0x2150, 0x2189}, {0x2460, 0x249B}, {0xFF10, 0xFF19}};

// Punctuation, marks, symbols, private use; spaces and numbers among them are looked up before.
constexpr Range kOthers[] = {
    {0x00, 0x40},       {0x5B, 0x60},     {0x7B, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},
    {0xBB, 0xBF},       {0xD7, 0xD7},     {0xF7, 0xF7},     {0x02C2, 0x02C5}, {0x02D2, 0x02DF},
    {0x0300, 0x036F},   {0x0591, 0x05C7}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x0900, 0x0903},
    {0x093A, 0x093C},   {0x093E, 0x094F}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4F},
    {0x17B4, 0x17D6},   {0x2000, 0x206F}, {0x20A0, 0x20FF}, {0x2190, 0x2BFF}, {0x3001, 0x3004},
    {0x3008, 0x3020},   {0x302A, 0x3030}, {0xE000, 0xF8FF}, {0xFE00, 0xFE6F}, {0xFF01, 0xFF0F},
    {0xFF1A, 0xFF20},   {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFF0, 0xFFFF}, {0x1F000, 0x1FBFF},
    {0xE0000, 0x10FFFF}};

template <std::size_t count>
bool contains(const Range (&ranges)[count], char32_t character) {
  const auto next =
      std::upper_bound(std::begin(ranges), std::end(ranges), character,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return next != std::begin(ranges) && character <= std::prev(next)->last;
}

[[noreturn]] void refuse() {
  fail(ErrorCode::kUsage, {.what = "text is not valid UTF-8", .remedy = "save it as UTF-8"});
}

/// How many bytes the character has that starts with `lead`.
std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  refuse();
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  std::u32string decoded;
  for (std::size_t start = 0; start < text.size();) {
    const auto lead = static_cast<unsigned char>(text[start]);
    const std::size_t length = length_of(lead);
    if (start + length > text.size()) refuse();
    char32_t character = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(text[start + k]);
      if ((byte & 0xC0) != 0x80) refuse();
      character = character << 6 | (byte & 0x3FU);
    }
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < kLeast[length] || surrogate || character > 0x10FFFF) refuse();
    decoded += character;
    start += length;
  }
  return decoded;
}

std::string encode_utf8(std::u32string_view text) {
  std::string encoded;
  const auto add = [&encoded](char32_t byte) { encoded += static_cast<char>(byte); };
  for (const char32_t character : text) {
    if (character < 0x80) {
      add(character);
      continue;
    }
    const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    add((0xF0U << (3 - more) & 0xFFU) | character >> (6 * more));
    for (int k = more - 1; k >= 0; --k) {
      add(0x80U | (character >> (6 * k) & 0x3FU));
    }
  }
  return encoded;
}

CharClass class_of(char32_t character) {
  if (contains(kSpaces, character)) return CharClass::kSpace;
  if (contains(kNumbers, character)) return CharClass::kNumber;
  return contains(kOthers, character) ? CharClass::kOther : CharClass::kLetter;
}

char32_t lower_case(char32_t character) {
  const auto within = [character](char32_t first, char32_t last) {
    return character >= first && character <= last;
  };
  if (within('A', 'Z') || (within(0xC0, 0xDE) && character != 0xD7)) return character + 32;
  if (within(0x391, 0x3A9) || within(0x410, 0x42F)) return character + 32;
  if (within(0x400, 0x40F)) return character + 80;
  if (within(0x139, 0x148) || within(0x179, 0x17E)) return character + (character & 1U);
  if (within(0x100, 0x137) || within(0x14A, 0x177)) return character | 1U;
  if (character == 0x178) return 0xFF;
  return character == 0x1E9E ? 0xDF : character;  // the capital sharp s
}

}  // namespace medcl::clip
