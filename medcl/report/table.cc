// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/table.h"

#include <cmath>
#include <cstdio>

#include "medcl/core/error.h"

namespace medcl {
namespace {

std::string markdown_cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (c > 0) line += ',';
    line += csv_cell(cells[c]);
  }
  return line + "\r\n";
}

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const auto& cell : cells) {
    line += ' ';
    line += markdown_cell(cell);
    line += " |";
  }
  return line + "\n";
}

}  // namespace

void check_shape(const Table& table) {
  for (const auto& row : table.rows) {
    check(row.size() == table.header.size(), "a table row has as many cells as the header");
  }
}

std::string to_markdown(const Table& table) {
  check_shape(table);
  std::string text = markdown_line(table.header) + "|";
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    text += c < table.text_columns ? " --- |" : " ---: |";
  }
  text += "\n";
  for (const auto& row : table.rows) text += markdown_line(row);
  return text;
}

std::string to_csv(const Table& table) {
  check_shape(table);
  std::string text = csv_line(table.header);
  for (const auto& row : table.rows) text += csv_line(row);
  return text;
}

std::string number_text(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string mean_sd_text(double mean, double sd, int digits) {
  std::string text = number_text(mean, digits);
  if (std::isfinite(mean) && std::isfinite(sd)) text += " ± " + number_text(sd, digits);
  return text;
}

}  // namespace medcl
