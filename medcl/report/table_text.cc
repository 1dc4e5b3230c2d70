// SPDX-License-Identifier: Apache-2.0
// A table on a terminal of a given width.

#include <algorithm>
#include <numeric>

#include "medcl/core/display_text.h"
#include "medcl/report/table.h"

namespace medcl {
namespace {

constexpr std::size_t kGap = 2;           // spaces between columns
constexpr std::size_t kNarrowText = 16;   // a text column is not wrapped to less
constexpr std::size_t kLongestWord = 24;  // a longer word may be broken
constexpr std::size_t kNarrowest = 20;    // a narrower terminal is treated as this

/// A column of the table and the room it takes.
struct Column {
  std::size_t index = 0;
  bool number = false;
  std::size_t least = 0, width = 0;
};

struct Span {
  std::size_t line = 0, word = 0;  ///< the longest line, and the longest word
};

Span span_of(const std::string& cell) {
  Span span;
  for (const std::string& line : wrap(cell, SIZE_MAX)) {
    span.line = std::max(span.line, display_width(line));
    for (std::size_t start = 0; start < line.size();) {
      const std::size_t end = std::min(line.find(' ', start), line.size());
      span.word = std::max(span.word, display_width(line.substr(start, end - start)));
      start = end + 1;
    }
  }
  return span;
}

Column column_of(const Table& table, std::size_t index) {
  const Span title = span_of(table.header[index]);
  Span cells;
  for (const auto& row : table.rows) {
    const Span one = span_of(row[index]);
    cells = {std::max(cells.line, one.line), std::max(cells.word, one.word)};
  }
  const bool number = index >= table.text_columns;
  const std::size_t widest = std::max(title.line, cells.line);
  const std::size_t wrapped =
      number ? std::max(title.word, cells.line)
             : std::max(std::min(std::max(title.word, cells.word), kLongestWord), kNarrowText);
  return {index, number, std::max<std::size_t>(1, std::min(widest, wrapped)),
          std::max<std::size_t>(1, widest)};
}

std::size_t total(const std::vector<Column>& columns, std::size_t Column::*field) {
  return std::accumulate(columns.begin(), columns.end(), kGap * (columns.size() - 1),
                         [&](std::size_t sum, const Column& one) { return sum + one.*field; });
}

/// Takes room from the widest column that has some to give, until all fit. They do when their least
/// widths do.
void shrink(std::vector<Column>& columns, std::size_t width) {
  while (total(columns, &Column::width) > width) {
    Column* widest = nullptr;
    for (Column& one : columns) {
      const bool gives = one.width > one.least;
      if (gives && (widest == nullptr || one.width > widest->width)) widest = &one;
    }
    if (widest == nullptr) return;
    --widest->width;
  }
}

std::string spaces(std::size_t count) { return std::string(count, ' '); }

std::string filled(const std::string& line, const Column& column) {
  const std::string room = spaces(column.width - std::min(column.width, display_width(line)));
  return column.number ? room + line : line + room;
}

void end_line(std::string& text, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  text += line + "\n";
}

/// Cells side by side, each wrapped into its column. `paint`: as in TextLayout, for this row.
template <class Paint>
void append_row(std::string& text, const std::vector<std::string>& cells,
                const std::vector<Column>& columns, const Paint& paint) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 0;
  for (const Column& one : columns) {
    lines.push_back(wrap(cells[one.index], std::max<std::size_t>(2, one.width)));
    height = std::max(height, lines.back().size());
  }
  for (std::size_t n = 0; n < height; ++n) {
    std::string line;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) line += spaces(kGap);
      line += paint(filled(n < lines[c].size() ? lines[c][n] : "", columns[c]), columns[c].index);
    }
    end_line(text, line);
  }
}

void append_side_by_side(std::string& text, const Table& table, std::vector<Column> columns,
                         const TextLayout& layout) {
  shrink(columns, layout.width);
  append_row(text, table.header, columns,
             [](const std::string& cell, std::size_t) { return cell; });
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    append_row(text, table.rows[r], columns, [&](const std::string& cell, std::size_t column) {
      return layout.paint ? layout.paint(cell, r, column) : cell;
    });
  }
}

/// The text columns with as many columns of numbers as fit, again and again; empty when not even
/// one fits.
std::vector<std::vector<Column>> bands_of(const std::vector<Column>& columns,
                                          std::size_t text_columns, std::size_t width) {
  const std::vector<Column> texts(columns.begin(),
                                  columns.begin() + static_cast<std::ptrdiff_t>(text_columns));
  std::vector<std::vector<Column>> bands;
  for (std::size_t c = text_columns; c < columns.size(); ++c) {
    if (!bands.empty()) {
      bands.back().push_back(columns[c]);
      if (total(bands.back(), &Column::least) <= width) continue;
      bands.back().pop_back();
    }
    bands.push_back(texts);
    bands.back().push_back(columns[c]);
    if (total(bands.back(), &Column::least) > width) return {};
  }
  return bands;
}

void append_lists(std::string& text, const Table& table, const TextLayout& layout) {
  Column title{0, false, 0, 2}, value{1, false, 0, 2};
  for (const std::string& one : table.header) {
    title.width = std::max(title.width, display_width(one));
  }
  title.width = std::min(title.width, layout.width / 3);
  value.width = layout.width - title.width - kGap;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (r > 0) text += "\n";
    for (std::size_t c = 0; c < table.header.size(); ++c) {
      append_row(text, {table.header[c], table.rows[r][c]}, {title, value},
                 [&](const std::string& cell, std::size_t side) {
                   return side == 1 && layout.paint ? layout.paint(cell, r, c) : cell;
                 });
    }
  }
}

}  // namespace

std::string to_text(const Table& table, const TextLayout& wanted) {
  check_shape(table);
  TextLayout layout = wanted;
  layout.width = std::max(layout.width, kNarrowest);
  std::string text;
  if (!table.caption.empty()) {
    for (const std::string& line : wrap(table.caption, layout.width)) text += line + "\n";
  }
  std::vector<Column> columns;
  for (std::size_t c = 0; c < table.header.size(); ++c) columns.push_back(column_of(table, c));
  if (columns.empty()) return text;
  if (total(columns, &Column::least) <= layout.width) {
    append_side_by_side(text, table, columns, layout);
    return text;
  }
  const auto bands = bands_of(columns, std::min(table.text_columns, columns.size()), layout.width);
  for (const auto& band : bands) {
    if (&band != &bands.front()) text += "\n";
    append_side_by_side(text, table, band, layout);
  }
  if (bands.empty()) append_lists(text, table, layout);
  return text;
}

}  // namespace medcl
