// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small tables of text, to be printed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace medcl {

struct Table {
  std::string caption;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
  std::size_t text_columns = 1;  ///< the first columns hold text; the others numbers (to the right)
};

/// How a table is put on a terminal.
struct TextLayout {
  /// Columns of the terminal. From 20 on no line is wider.
  std::size_t width = SIZE_MAX;
  /// Makes what is printed of one line of a cell, spaces that fill the column included: a colour
  /// before it and one behind it. Never called for the header.
  std::function<std::string(const std::string& line, std::size_t row, std::size_t column)> paint =
      nullptr;
};

/// The table as lines of text: columns aligned with spaces, widths counted in terminal columns
/// (core/display_text.h); a '\n' in a cell ends a line there. What is wider than the layout is made
/// to fit: titles of numbers and then the widest texts are wrapped; numbers that find no place side
/// by side follow in further tables below, each with the text columns again; and where even that is
/// too wide, every row becomes a list of "title  value" lines. Text of files is made printable.
std::string to_text(const Table& table, const TextLayout& layout = {});

/// A number with `digits` decimals, such as "0.8312"; "-" for a value that is not finite.
std::string number_text(double value, int digits);
/// Mean and standard deviation, such as "0.83 ± 0.04"; without the second part when it is not
/// finite.
std::string mean_sd_text(double mean, double sd, int digits);

/// For programming errors: throws unless every row has as many cells as the header.
void check_shape(const Table& table);

}  // namespace medcl
