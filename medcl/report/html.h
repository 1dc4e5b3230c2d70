// SPDX-License-Identifier: Apache-2.0
#pragma once

// A self-contained HTML page: style and pictures inside, no scripts, nothing from elsewhere.
// Follows the reader's light or dark setting and prints on paper.

#include <string>
#include <utility>

#include "medcl/format/png.h"
#include "medcl/report/table.h"

namespace medcl {

/// & < > " ' become entities; control characters that HTML forbids become spaces.
std::string escape_html(const std::string& text);

/// An <img> element with the picture as base64 PNG.
std::string image_tag(const Picture& picture, const std::string& description);
/// A <table> element with the caption; every cell is escaped.
std::string table_tag(const Table& table);

/// Collects the body; text is escaped, `raw` is not.
class HtmlPage {
 public:
  explicit HtmlPage(std::string title) : title_(std::move(title)) {}

  void heading(const std::string& text, const std::string& id = "");
  void subheading(const std::string& text);
  void paragraph(const std::string& text, const std::string& css_class = "");
  void table(const Table& table) { raw(table_tag(table)); }
  /// Adds a part that the reader opens when wanted; `inner_html` is not escaped.
  void folded(const std::string& summary, const std::string& inner_html);
  void raw(const std::string& html) { body_ += html; }

  [[nodiscard]] std::string html() const;

 private:
  std::string title_, body_, contents_;
};

}  // namespace medcl
