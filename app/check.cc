// SPDX-License-Identifier: Apache-2.0
// medcl check: every problem of a dataset in one table.

#include "medcl/dataset/check.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/progress.h"
#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, alignment;
  bool fix = false, json = false;
};

constexpr std::size_t kWidest = 44;

using Row = std::vector<std::string>;

void print_table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], std::min(row[c].size(), kWidest));
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += row[c];
      if (c + 1 == row.size()) break;
      line.append(row[c].size() < widths[c] ? widths[c] - row[c].size() : 0, ' ');
      line += "  ";
    }
    std::printf("%s\n", line.c_str());
  }
}

std::string without_root(const std::string& where, const std::string& root) {
  const bool inside = where.size() > root.size() && where.starts_with(root);
  return inside ? where.substr(root.size() + (where[root.size()] == '/' ? 1 : 0)) : where;
}

void print_findings(const Findings& findings, const std::string& root) {
  if (findings.empty()) return;
  std::vector<Row> rows = {{"severity", "rule", "file", "problem", "expected", "found", "remedy"}};
  // A line of text as errors have it: no control characters of a broken file, no endless values.
  const auto clean = [](const std::string& text) { return to_line({.what = text}); };
  for (const Finding& one : findings) {
    const Problem& problem = one.problem;
    rows.push_back({severity_name(one.severity), one.id, clean(without_root(problem.where, root)),
                    clean(problem.what), problem.expected.empty() ? "-" : clean(problem.expected),
                    problem.found.empty() ? "-" : clean(problem.found), problem.remedy});
  }
  print_table(rows);
}

Json to_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& one : findings) {
    list.push_back({{"severity", severity_name(one.severity)},
                    {"id", one.id},
                    {"where", one.problem.where},
                    {"what", one.problem.what},
                    {"expected", one.problem.expected},
                    {"found", one.problem.found},
                    {"remedy", one.problem.remedy},
                    {"fixable", one.fixable}});
  }
  return list;
}

std::size_t count(const Findings& findings, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& one) { return one.severity == severity; }));
}

Findings check_with_progress(const Dataset& dataset) {
  Progress line(static_cast<std::int64_t>(dataset.cases.size() + dataset.test_cases.size()),
                "check", "case");
  Findings findings =
      check_dataset(dataset, [&line](std::int64_t done, std::int64_t) { line.update(done); });
  line.finish();
  return findings;
}

int run_check(const Arguments& arguments) {
  const Dataset dataset = read_dataset(arguments.dataset);
  Findings findings = check_with_progress(dataset);
  Findings fixed;
  if (arguments.fix) {
    fixed = fix_dataset(dataset, findings, label_alignment(arguments.alignment));
    if (!fixed.empty()) findings = check_with_progress(dataset);
  }
  if (arguments.json) {
    const Json json = {{"findings", to_json(findings)}, {"fixed", to_json(fixed)}};
    std::printf("%s\n", json_text(json, 2).c_str());
  } else {
    print_findings(fixed, dataset.root.string());
    print_findings(findings, dataset.root.string());
    const auto fixable = std::count_if(findings.begin(), findings.end(),
                                       [](const Finding& one) { return one.fixable; });
    std::printf("%s: %zu cases, %zu test cases: %zu errors, %zu warnings, %zu notes%s\n",
                arguments.dataset.c_str(), dataset.cases.size(), dataset.test_cases.size(),
                count(findings, Severity::kError), count(findings, Severity::kWarning),
                count(findings, Severity::kInfo),
                fixable > 0 ? "; --fix repairs some of them" : "");
  }
  return has_errors(findings) || has_errors(fixed) ? static_cast<int>(ErrorCode::kInvalidData) : 0;
}

}  // namespace

void add_check(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("check", "List every problem of a dataset");
  verb->add_option("dataset", arguments->dataset, "Dataset folder")->required();
  CLI::Option* fix = verb->add_flag("--fix", arguments->fix,
                                    "Repair what is safe to repair; old files are kept as *.orig");
  verb->add_option("--alignment", arguments->alignment,
                   "With --fix, for labels whose array fits the image while their header does not: "
                   "index (trust the array) or world (trust the header)")
      ->check(CLI::IsMember({"index", "world"}))
      ->needs(fix);
  verb->add_flag("--json", arguments->json, "Print the findings as JSON");
  verb->callback([arguments, &program] { program.exit_code = run_check(*arguments); });
}

}  // namespace medcl
