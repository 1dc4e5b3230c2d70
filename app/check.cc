// SPDX-License-Identifier: Apache-2.0
// medcl check: every problem of a dataset in one table.

#include "medcl/dataset/check.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/findings.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/counted.h"
#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, alignment;
  bool fix = false, all = false, json = false;
};

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

std::string summary(const Arguments& arguments, const Dataset& dataset, const Findings& findings) {
  const bool fixable =
      std::any_of(findings.begin(), findings.end(), [](const Finding& one) { return one.fixable; });
  return arguments.dataset + ": " + counted_cases(dataset.cases) + ", " +
         counted(dataset.test_cases.size(), "test case") + ": " +
         counted(count(findings, Severity::kError), "error") + ", " +
         counted(count(findings, Severity::kWarning), "warning") + ", " +
         counted(count(findings, Severity::kInfo), "note") +
         (fixable ? "; --fix repairs some of them" : "");
}

Findings check_with_progress(const Dataset& dataset) {
  Progress line(static_cast<std::int64_t>(dataset.cases.size() + dataset.test_cases.size()),
                "check", "case");
  Findings findings = check_dataset(dataset, [&line](std::int64_t done, std::int64_t) {
    stop_if_asked();
    line.update(done);
  });
  line.finish();
  return findings;
}

void print_json(const Findings& findings, const Findings& fixed) {
  const Json json = {{"findings", to_json(findings)}, {"fixed", to_json(fixed)}};
  std::printf("%s\n", json_text(json, 2).c_str());
}

/// The dataset; with --json, what keeps it from being read is a finding like the others.
Dataset dataset_to_check(const Arguments& arguments) {
  try {
    return read_dataset(arguments.dataset);
  } catch (const Error& error) {
    if (arguments.json) {
      print_json({{Severity::kError,
                   "dataset-unreadable",
                   {error.what(), arguments.dataset, "", "", ""},
                   false}},
                 {});
    }
    throw;
  }
}

int run_check(const Arguments& arguments) {
  remember_signals();
  const Dataset dataset = dataset_to_check(arguments);
  Findings findings = check_with_progress(dataset);
  Findings fixed;
  if (arguments.fix) {
    fixed = fix_dataset(dataset, findings, label_alignment(arguments.alignment));
    if (!fixed.empty()) findings = check_with_progress(dataset);
  }
  if (arguments.json) {
    print_json(findings, fixed);
  } else {
    print_findings(fixed, dataset.root, arguments.all);
    print_findings(findings, dataset.root, arguments.all);
    print_wrapped(summary(arguments, dataset, findings));
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
  verb->add_flag("--all", arguments->all, "Name every file, not the first few of a kind");
  verb->add_flag("--json", arguments->json, "Print the findings as JSON");
  verb->callback([arguments, &program] { program.exit_code = run_check(*arguments); });
}

}  // namespace medcl
