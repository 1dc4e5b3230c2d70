// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/display_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The C library decodes and measures in the locale of the thread.
class Utf8Scope {
 public:
  Utf8Scope() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) before_ = uselocale(utf8);
  }
  ~Utf8Scope() {
    if (before_ != nullptr) uselocale(before_);
  }
  Utf8Scope(const Utf8Scope&) = delete;
  Utf8Scope& operator=(const Utf8Scope&) = delete;

 private:
  locale_t before_ = nullptr;
};

struct Glyph {
  std::string_view bytes;
  std::size_t width = 1;
};

/// Takes the first glyph off `rest`, which is not empty.
Glyph take_glyph(std::string_view& rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  if (first < 0x80) {
    const Glyph glyph{first < 0x20 || first == 0x7f ? " " : rest.substr(0, 1), 1};
    rest.remove_prefix(1);
    return glyph;
  }
  mbstate_t state{};
  wchar_t character = 0;
  const std::size_t length = mbrtowc(&character, rest.data(), rest.size(), &state);
  if (length == 0 || length > rest.size()) {  // (size_t)-1 and -2: broken, or cut off
    rest.remove_prefix(1);
    return {kReplacement, 1};
  }
  const int width = wcwidth(character);
  const std::string_view bytes = rest.substr(0, length);
  rest.remove_prefix(length);
  return width < 0 ? Glyph{kReplacement, 1} : Glyph{bytes, static_cast<std::size_t>(width)};
}

std::vector<Glyph> glyphs_of(std::string_view text) {
  const Utf8Scope utf8;
  std::vector<Glyph> glyphs;
  glyphs.reserve(text.size());
  while (!text.empty()) glyphs.push_back(take_glyph(text));
  return glyphs;
}

std::size_t width_of(const std::vector<Glyph>& glyphs) {
  std::size_t width = 0;
  for (const Glyph& one : glyphs) width += one.width;
  return width;
}

bool breaks_behind(const Glyph& glyph) {
  return glyph.bytes.size() == 1 &&
         std::string_view("/\\-_.,;:=").find(glyph.bytes.front()) != std::string_view::npos;
}

/// Fills lines with words.
class Wrapper {
 public:
  explicit Wrapper(std::size_t width) : width_(width) {}

  void add_word(std::vector<Glyph> word) {
    const std::size_t needed = width_of(word) + (line_.empty() ? 0 : 1);
    if (!line_.empty() && line_width_ + needed > width_) end_line();
    while (width_of(word) > width_) {
      const std::size_t count = break_of(word);
      append({word.begin(), word.begin() + static_cast<std::ptrdiff_t>(count)});
      end_line();
      word.erase(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(count));
    }
    append(word);
  }

  void end_line() {
    lines_.push_back(line_);
    line_.clear();
    line_width_ = 0;
  }

  [[nodiscard]] std::vector<std::string> lines() && { return std::move(lines_); }

 private:
  /// How many glyphs of a word that is too long go on this line.
  [[nodiscard]] std::size_t break_of(const std::vector<Glyph>& word) const {
    std::size_t used = 0, count = 0, best = 0;
    while (count < word.size() && used + word[count].width <= width_) {
      used += word[count].width;
      ++count;
      if (breaks_behind(word[count - 1])) best = count;
    }
    return best > 0 ? best : std::max<std::size_t>(count, 1);
  }

  void append(const std::vector<Glyph>& word) {
    if (word.empty()) return;
    if (!line_.empty()) {
      line_ += ' ';
      ++line_width_;
    }
    for (const Glyph& one : word) line_ += one.bytes;
    line_width_ += width_of(word);
  }

  std::size_t width_;
  std::size_t line_width_ = 0;
  std::string line_;
  std::vector<std::string> lines_;
};

void wrap_paragraph(std::string_view text, Wrapper& wrapper) {
  std::vector<Glyph> word;
  for (const Glyph& one : glyphs_of(text)) {
    if (one.bytes != " ") {
      word.push_back(one);
    } else if (!word.empty()) {
      wrapper.add_word(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) wrapper.add_word(std::move(word));
  wrapper.end_line();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  for (const Glyph& one : glyphs_of(text)) result += one.bytes;
  return result;
}

std::size_t display_width(std::string_view text) { return width_of(glyphs_of(text)); }

std::string cut_to_width(std::string_view text, std::size_t width) {
  const std::vector<Glyph> glyphs = glyphs_of(text);
  const bool whole = width_of(glyphs) <= width;
  const std::string dots(whole ? 0 : std::min<std::size_t>(width, 3), '.');
  std::string result;
  std::size_t used = dots.size();
  for (const Glyph& one : glyphs) {
    used += one.width;
    if (used > width) break;
    result += one.bytes;
  }
  return result + dots;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  check(width >= 2, "a line holds a wide character");
  Wrapper wrapper(width);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    wrap_paragraph(text.substr(start, end - start), wrapper);
    start = end + 1;
  }
  return std::move(wrapper).lines();
}

}  // namespace medcl
