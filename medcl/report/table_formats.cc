// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/table_formats.h"

#include <functional>
#include <map>

namespace medcl {
namespace {

using CellText = std::function<std::string(const std::string&)>;

std::string joined(const std::vector<std::string>& cells, const std::string& between,
                   const CellText& text_of) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c)
    line += (c == 0 ? "" : between) + text_of(cells[c]);
  return line;
}

std::string replaced(const std::string& text, const std::map<char, std::string>& replacements) {
  std::string result;
  for (const char c : text) {
    const auto found = replacements.find(c);
    result += found == replacements.end() ? std::string(1, c) : found->second;
  }
  return result;
}

std::string markdown_cell(const std::string& text) {
  return replaced(text, {{'|', "\\|"}, {'\n', "<br>"}});
}

std::string latex_cell(const std::string& text) {
  std::string escaped = replaced(text, {{'&', "\\&"},
                                        {'%', "\\%"},
                                        {'$', "\\$"},
                                        {'#', "\\#"},
                                        {'_', "\\_"},
                                        {'{', "\\{"},
                                        {'}', "\\}"},
                                        {'~', "\\textasciitilde{}"},
                                        {'^', "\\textasciicircum{}"},
                                        {'\\', "\\textbackslash{}"},
                                        {'<', "$<$"},
                                        {'>', "$>$"},
                                        {'\n', " "}});
  const std::string sign = "±";
  for (std::size_t at = escaped.find(sign); at != std::string::npos; at = escaped.find(sign, at)) {
    escaped.replace(at, sign.size(), "$\\pm$");
  }
  return escaped;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  return "\"" + replaced(text, {{'"', "\"\""}}) + "\"";
}

}  // namespace

std::string to_markdown(const Table& table) {
  check_shape(table);
  std::string text = table.caption.empty() ? "" : table.caption + "\n\n";
  text += "| " + joined(table.header, " | ", markdown_cell) + " |\n|";
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    text += c < table.text_columns ? " --- |" : " ---: |";
  }
  text += "\n";
  for (const auto& row : table.rows) text += "| " + joined(row, " | ", markdown_cell) + " |\n";
  return text;
}

std::string to_latex(const Table& table) {
  check_shape(table);
  std::string columns;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    columns += c < table.text_columns ? 'l' : 'r';
  }
  std::string text = "\\begin{table}\n\\centering\n";
  if (!table.caption.empty()) text += "\\caption{" + latex_cell(table.caption) + "}\n";
  text += "\\begin{tabular}{" + columns + "}\n\\toprule\n";
  text += joined(table.header, " & ", latex_cell) + " \\\\\n\\midrule\n";
  for (const auto& row : table.rows) text += joined(row, " & ", latex_cell) + " \\\\\n";
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

std::string to_csv(const Table& table) {
  check_shape(table);
  std::string text = joined(table.header, ",", csv_cell) + "\n";
  for (const auto& row : table.rows) text += joined(row, ",", csv_cell) + "\n";
  return text;
}

}  // namespace medcl
