// SPDX-License-Identifier: Apache-2.0
#include "tests/hostile/table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <regex>
#include <sstream>

#include "medcl/format/json.h"
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

bool lists_findings(const BadFile& row, const Words& command) {
  return row.code == 3 && command.front() == "check";
}

/// What `check --json` printed, one line per finding, without the folder of the dataset.
std::string findings_of(const Outcome& outcome, const std::string& folder) {
  std::string text;
  const Json printed = parse_json(outcome.out, "stdout");
  for (const Json& one : printed.at("findings")) {
    std::string where = one.at("where").get<std::string>();
    if (where.starts_with(folder + "/")) where.erase(0, folder.size() + 1);
    text += one.at("severity").get<std::string>() + " " + one.at("id").get<std::string>() + " " +
            where + "  " + one.at("what").get<std::string>() + "  " +
            one.at("expected").get<std::string>() + "  " + one.at("found").get<std::string>() +
            "  " + one.at("remedy").get<std::string>() + "\n";
  }
  return text;
}

/// Empty when the program did as the row says.
std::string complaint(const BadFile& row, const Words& command, const Outcome& outcome) {
  if (outcome.code != row.code) return "expected exit " + std::to_string(row.code);
  const std::regex wanted(row.message);
  if (lists_findings(row, command)) {
    const bool found = has_line(findings_of(outcome, command[1]), wanted);
    return found ? ""
                 : "no finding matches '" + row.message + "': " + findings_of(outcome, command[1]);
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
    Words command = row.make();
    if (lists_findings(row, command)) command.emplace_back("--json");
    const Outcome outcome = run_program(command);
    const std::string wrong = complaint(row, command, outcome);
    right += wrong.empty() ? 1 : 0;
    EXPECT_EQ(wrong, "") << row.name << ": " << outcome.text();
  }
  std::printf("%zu of %zu bad files are refused as they should\n", right, table.size());
}

}  // namespace medcl::hostile
