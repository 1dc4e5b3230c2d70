// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/toml_text.h"

#include <algorithm>

#include "medcl/core/error.h"

namespace medcl {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kBlanks = " \t\r\n";

bool beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

class Scanner {
 public:
  Scanner(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  void scan() {
    if (rest().starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        skip_to_line_end();
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else {
        refuse_beyond_ascii();
        ++at_;
      }
    }
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  void refuse_beyond_ascii() const {
    if (at_ >= text_.size() || !beyond_ascii(text_[at_])) return;
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n');
    fail(ErrorCode::kIo, {.what = "not valid TOML: a character beyond ASCII",
                          .where = name_ + ":" + std::to_string(line),
                          .expected = "such characters in strings and comments only",
                          .found = {},
                          .remedy = "put the text into quotes"});
  }

  void skip_to_line_end() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool several_lines = rest().starts_with(three);
    at_ += several_lines ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && quote == '"') {
        skip_escape(several_lines);
      } else if (several_lines ? rest().starts_with(three) : text_[at_] == quote) {
        // Up to two quotes in front of the closing three belong to the string.
        for (int k = 0; k < (several_lines ? 5 : 1) && rest().starts_with(quote); ++k) ++at_;
        return;
      } else if (!several_lines && text_[at_] == '\n') {
        return;  // toml++ says that the string is not closed
      } else {
        ++at_;
      }
    }
  }

  void skip_escape(bool several_lines) {
    ++at_;
    if (several_lines && at_ < text_.size() && kBlanks.find(text_[at_]) != std::string_view::npos) {
      at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
      refuse_beyond_ascii();
    } else if (at_ < text_.size()) {
      ++at_;
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

}  // namespace

void check_toml_characters(std::string_view text, const std::string& name) {
  Scanner(text, name).scan();
}

}  // namespace medcl
