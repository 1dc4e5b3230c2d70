// SPDX-License-Identifier: Apache-2.0
// medcl relabel: a copy of a dataset whose label values mean something else.

#include "medcl/dataset/relabel.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/counted.h"
#include "medcl/core/names.h"
#include "medcl/core/shell_word.h"
#include "medcl/dataset/check.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, target;
  std::vector<std::string> pairs, cases;  ///< `cases` as typed: lists of ids
};

std::string meaning(const LabelMap& labels, std::int32_t value) {
  if (labels.ignore_value == value) return "ignore";
  const auto index = labels.index_of_value(value);
  return index ? labels.classes[*index].name : "(no label)";
}

std::int64_t count_of(const std::map<std::int32_t, std::int64_t>& voxels, std::int32_t value) {
  const auto found = voxels.find(value);
  return found == voxels.end() ? 0 : found->second;
}

void print_values(const Dataset& before, const Relabelling& plan, const RelabelReport& report) {
  Table table{"", {"value", "meaning", "becomes", "meaning", "voxels"}, {}, 4};
  for (const auto& [old, now] : plan.new_from_old) {
    table.rows.push_back({std::to_string(old), meaning(before.labels, old), std::to_string(now),
                          meaning(plan.labels, now),
                          std::to_string(count_of(report.voxels_before, old))});
  }
  print_table(table);
}

std::vector<std::string> ids_of(const std::vector<std::string>& lists) {
  std::vector<std::string> ids;
  for (const std::string& list : lists) {
    for (std::string& id : split_at_commas(list)) ids.push_back(std::move(id));
  }
  return ids;
}

void run_relabel(const Arguments& arguments) {
  require_own_folder(arguments.target, "--output");
  const Dataset dataset = read_dataset(arguments.dataset, IgnoreRule::kAnyFreeValue);
  remember_signals();
  const Relabelling plan = plan_relabelling(dataset.labels, arguments.pairs);
  const auto total = static_cast<std::int64_t>(dataset.cases.size() + dataset.test_cases.size());
  Progress writing(total, "relabel", "case");
  const RelabelReport report =
      relabel_dataset(dataset, plan, arguments.target, ids_of(arguments.cases),
                      [&writing](std::int64_t done, std::int64_t) {
                        stop_if_asked();
                        writing.update(done);
                      });
  writing.finish();
  const Dataset made = read_dataset(arguments.target);
  Progress checking(total, "check", "case");
  const Findings findings =
      check_dataset(made, [&checking](std::int64_t done, std::int64_t) { checking.update(done); });
  checking.finish();
  print_wrapped(arguments.target + ": " + counted_cases(made.cases) + ", " +
                counted(static_cast<std::size_t>(report.label_files), "label file") + " rewritten");
  print_values(dataset, plan, report);
  std::size_t errors = 0;
  for (const Finding& one : findings) errors += one.severity == Severity::kError ? 1 : 0;
  print_wrapped("check: " + counted(errors, "error") + ", " +
                counted(findings.size() - errors, "further finding") + "; medcl check " +
                shell_word(arguments.target) + " lists them");
}

}  // namespace

void add_relabel(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb =
      program.app.add_subcommand("relabel", "Copy a dataset and change what its labels mean");
  verb->add_option("dataset", arguments->dataset, "Dataset folder; only read")->required();
  verb->add_option("-o,--output", arguments->target, "Dataset folder to create")->required();
  verb->add_option("--map", arguments->pairs,
                   "OLD=NEW, comma separated: OLD is a value in the files or a name; NEW is "
                   "background, ignore, a class or a new name")
      ->required()
      ->type_name("OLD=NEW")
      ->delimiter(',');
  verb->add_option("--cases", arguments->cases,
                   "Change only these, comma separated ('\"a, b\",c' for ids with a comma); the "
                   "others keep what their values mean");
  verb->footer(
      "Examples:\n"
      "  Nothing was drawn where the files say 0 (ITK-SNAP, 3D Slicer):\n"
      "    medcl relabel mydata -o mydata2 --map 0=ignore\n"
      "  The same, and background was drawn as 4:\n"
      "    medcl relabel mydata -o mydata2 --map 0=ignore,4=background\n"
      "  A class by another name, two classes in one:\n"
      "    medcl relabel mydata -o mydata2 --map 200=MYO,oedema=scar\n"
      "  An ignore value that is not the highest value + 1 gets it:\n"
      "    medcl relabel mydata -o mydata2 --map ignore=ignore");
  verb->callback([arguments] { run_relabel(*arguments); });
}

}  // namespace medcl
