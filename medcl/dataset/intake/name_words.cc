// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/name_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "medcl/core/names.h"
#include "medcl/dataset/near_names.h"

namespace medcl {
namespace {

constexpr std::array<std::string_view, 19> kImageWords = {
    "img",     "imgs",   "image",    "images",   "scan",  "scans", "volume",
    "volumes", "vol",    "picture",  "pictures", "input", "raw",   "dicom",
    "dcm",     "series", "imagestr", "photo",    "photos"};

constexpr std::array<std::string_view, 34> kModalities = {
    "t1",  "t1w",   "t1c",     "t1ce",  "t1gd",  "t1n",    "t1post", "t2",  "t2w",
    "t2f", "flair", "t2flair", "dwi",   "adc",   "swi",    "pd",     "pdw", "lge",
    "de",  "bssfp", "cine",    "c0",    "ct",    "cta",    "cbct",   "pet", "mr",
    "mra", "us",    "dce",     "t1map", "t2map", "t2star", "suv"};

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_label(const std::string& lower) { return lower == "labelstr" || is_label_word(lower); }
bool is_image(const std::string& lower) { return is_one_of(lower, kImageWords); }

/// Letters beyond ASCII count as letters.
bool is_part_of_word(unsigned char c) { return c >= 0x80 || std::isalnum(c) != 0; }

/// "mask001" as "mask" and "001"; any other word as it is.
void append_word(std::vector<std::string>& words, const std::string& word) {
  const auto digit =
      std::find_if(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::string letters(word.begin(), digit);
  const std::string lower = folded_name(letters);
  if (digit != word.end() && (is_label(lower) || is_image(lower))) {
    words.push_back(letters);
    words.emplace_back(digit, word.end());
  } else {
    words.push_back(word);
  }
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (is_part_of_word(static_cast<unsigned char>(c))) {
      word += c;
    } else if (!word.empty()) {
      append_word(words, word);
      word.clear();
    }
  }
  return words;
}

/// The words of one part of the path without those for labels and images.
std::vector<std::string> own_words(const std::string& part, std::string& label_word) {
  std::vector<std::string> words = split_words(part);
  std::erase_if(words, [&](const std::string& word) {
    const std::string lower = folded_name(word);
    if (is_label(lower)) label_word = word;
    return is_label(lower) || is_image(lower);
  });
  return words;
}

bool begins_with(const std::vector<std::string>& words, const std::vector<std::string>& start) {
  return words.size() >= start.size() && std::equal(start.begin(), start.end(), words.begin(),
                                                    [](const std::string& a, const std::string& b) {
                                                      return folded_name(a) == folded_name(b);
                                                    });
}

}  // namespace

NameWords name_words(const std::filesystem::path& path) {
  NameWords result;
  for (const auto& folder : path.parent_path()) {
    std::string label_word;
    for (std::string& word : own_words(folder.string(), label_word)) {
      result.words.push_back(std::move(word));
    }
    if (label_word.empty()) continue;
    result.label_word = folder.string();
    result.by_folder = true;
  }
  std::string label_word;
  const std::vector<std::string> words = own_words(path.filename().string(), label_word);
  if (!label_word.empty()) {
    result.label_word = label_word;
    result.by_folder = false;
  }
  if (begins_with(words, result.words)) result.words.clear();
  result.words.insert(result.words.end(), words.begin(), words.end());
  return result;
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "_") + word;
  return text;
}

bool is_modality(const std::string& word) { return is_one_of(folded_name(word), kModalities); }

}  // namespace medcl
