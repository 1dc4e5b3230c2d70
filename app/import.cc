// SPDX-License-Identifier: Apache-2.0
// medcl import: released data sets and DICOM folders -> the native layout.

#include "medcl/dataset/import.h"

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/findings.h"
#include "app/inputs.h"
#include "app/progress.h"
#include "app/read_flags.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/error.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

struct Arguments {
  std::string kind, source, target;
  std::vector<double> spacing_mm;
  ImportOptions options;
  bool all = false, json = false;
};

std::string label_name(const LabelMap& labels, std::int32_t value) {
  if (labels.ignore_value == value) return "not annotated";
  const auto index = labels.index_of_value(value);
  return index ? labels.classes[*index].name : "?";
}

void print_counts(const ImportReport& report, const LabelMap& labels) {
  if (report.voxel_counts.empty()) return;
  std::set<std::int32_t> values;
  Table table{"Voxels", {"label", "name"}, {}, 2};
  for (const auto& [group, counts] : report.voxel_counts) {
    table.header.push_back(group);
    for (const auto& entry : counts) values.insert(entry.first);
  }
  for (const std::int32_t value : values) {
    table.rows.push_back({std::to_string(value), label_name(labels, value)});
    for (const auto& [group, counts] : report.voxel_counts) {
      const auto found = counts.find(value);
      table.rows.back().push_back(std::to_string(found == counts.end() ? 0 : found->second));
    }
  }
  print_table(table);
}

/// One of each kind of finding unless all are asked for.
void print_kinds(const Findings& findings, const std::filesystem::path& root, bool all) {
  std::map<std::string, int> total;
  Findings shown;
  for (const Finding& one : findings) {
    if (total[one.id]++ == 0 || all) shown.push_back(one);
  }
  for (Finding& one : shown) {
    const int more = all ? 0 : total[one.id] - 1;
    if (more > 0) one.problem.what += " [and " + std::to_string(more) + " more; --all lists them]";
  }
  print_findings(shown, root, all);
}

void print_json(const ImportReport& report) {
  Json json = {{"root", report.root.string()}, {"self_check", report.self_check}};
  for (const auto& [group, counts] : report.voxel_counts) {
    for (const auto& [value, count] : counts) {
      json["voxel_counts"][group][std::to_string(value)] = count;
    }
  }
  json["findings"] = Json::array();
  for (const Finding& one : report.findings) {
    json["findings"].push_back({{"severity", severity_name(one.severity)},
                                {"id", one.id},
                                {"message", to_line(one.problem)}});
  }
  std::printf("%s\n", json_text(json, 2).c_str());
}

void run_import(const Arguments& arguments) {
  ImportOptions options = arguments.options;
  options.spacing_mm = spacing_of(arguments.spacing_mm);
  require_own_folder(arguments.target, "TARGET");
  remember_signals();
  Progress line(0, "import", "case");
  const ImportReport report =
      import_dataset(arguments.kind, arguments.source, arguments.target, options,
                     [&](std::int64_t done, std::int64_t total, const std::string& id) {
                       stop_if_asked();
                       line.set_total(total);
                       line.update(done, id);
                     });
  line.finish();
  if (arguments.json) {
    print_json(report);
    return;
  }
  const Dataset dataset = read_dataset(report.root);
  std::string text = arguments.target + ": " + counted_cases(dataset.cases);
  if (!dataset.splits.empty()) {
    text += ", " + std::to_string(dataset.splits[0].train.size()) + " to train on, " +
            std::to_string(dataset.splits[0].validation.size()) + " to validate on";
  }
  print_wrapped(text + ", " + std::to_string(dataset.test_cases.size()) + " to test on");
  print_counts(report, dataset.labels);
  print_kinds(report.findings, arguments.source, arguments.all);
  print_wrapped("self-check: " + report.self_check);
}

}  // namespace

void add_import(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("import", "Convert a released data set");
  verb->add_option("kind", arguments->kind, "What the source is")
      ->required()
      ->check(CLI::IsMember(import_kinds()));
  verb->add_option("source", arguments->source, "Folder of the release; only read")->required();
  verb->add_option("target", arguments->target, "Folder to create")->required();
  add_spacing(*verb, arguments->spacing_mm);
  add_series(*verb, arguments->options.series, arguments->options.merge_series);
  verb->add_option("--assume", arguments->options.assume,
                   "DICOM without orientation or position: \"spacing\" takes the array's own axes")
      ->check(CLI::IsMember({"spacing"}));
  verb->add_option("--dense-from", arguments->options.dense_from,
                   "mscmr: folder of MyoPS 2020, whose gold standard the training cases get "
                   "instead of scribbles, for full supervision")
      ->type_name("FOLDER");
  verb->add_flag("--all", arguments->all, "List every finding, not one of each kind");
  verb->add_flag("--json", arguments->json, "Print the report as JSON");
  verb->callback([arguments] { run_import(*arguments); });
}

}  // namespace medcl
