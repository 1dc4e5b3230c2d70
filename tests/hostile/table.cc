// SPDX-License-Identifier: Apache-2.0
#include "tests/hostile/table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <regex>
#include <sstream>

#include "tests/hostile/child.h"

namespace medcl::hostile {
namespace {

bool has_line(const std::string& text, const std::regex& wanted) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, wanted)) return true;
  }
  return false;
}

/// Empty when the program did as the row says.
std::string complaint(const BadFile& row, const Words& command, const Outcome& outcome) {
  if (outcome.code != row.code) return "expected exit " + std::to_string(row.code);
  const std::regex wanted(row.message);
  if (row.code == 3 && command.front() == "check") {
    return has_line(outcome.out, wanted) ? "" : "no finding matches '" + row.message + "'";
  }
  const auto lines = outcome.error_lines();
  if (lines.size() != 1) return "expected one line on stderr";
  if (!lines[0].starts_with("medcl " + command.front() + ": ")) return "no 'medcl <verb>: '";
  if (!std::regex_search(lines[0], wanted)) return "does not match '" + row.message + "'";
  return outcome.out.empty() ? "" : "printed a result";
}

}  // namespace

void expect_refused(const std::vector<BadFile>& table) {
  std::size_t right = 0;
  for (const BadFile& row : table) {
    const Words command = row.make();
    const Outcome outcome = run_program(command);
    const std::string wrong = complaint(row, command, outcome);
    right += wrong.empty() ? 1 : 0;
    EXPECT_EQ(wrong, "") << row.name << ": " << outcome.text();
  }
  std::printf("%zu of %zu bad files are refused as they should\n", right, table.size());
}

}  // namespace medcl::hostile
