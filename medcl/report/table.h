// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small tables of text, to be printed, pasted into a document, or opened in a spreadsheet.

#include <cstddef>
#include <string>
#include <vector>

namespace medcl {

struct Table {
  std::string caption;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
  std::size_t text_columns = 1;  ///< the first columns hold text; the others numbers (to the right)
};

/// Columns aligned with spaces, widths counted in characters (not bytes) of UTF-8.
std::string to_text(const Table& table);
/// GitHub's form; "|" in cells is escaped.
std::string to_markdown(const Table& table);
/// RFC 4180: cells with a comma, quote or line end are quoted; lines end with "\r\n".
std::string to_csv(const Table& table);

/// "0.8312"; "-" for a value that is not finite.
std::string number_text(double value, int digits);
/// "0.83 ± 0.04"; without the second part when it is not finite.
std::string mean_sd_text(double mean, double sd, int digits);

}  // namespace medcl
