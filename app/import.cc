// SPDX-License-Identifier: Apache-2.0
// medcl import: released data sets and DICOM folders -> the native layout.

#include "medcl/dataset/import.h"

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/progress.h"
#include "app/read_flags.h"
#include "app/signals.h"
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
  std::printf("%-6s %-14s", "label", "name");
  for (const auto& [group, counts] : report.voxel_counts) {
    std::printf(" %14s", group.c_str());
    for (const auto& entry : counts) values.insert(entry.first);
  }
  std::printf("   (voxels)\n");
  for (const std::int32_t value : values) {
    std::printf("%-6d %-14s", value, label_name(labels, value).c_str());
    for (const auto& [group, counts] : report.voxel_counts) {
      const auto found = counts.find(value);
      std::printf(" %14lld", found == counts.end() ? 0LL : static_cast<long long>(found->second));
    }
    std::printf("\n");
  }
}

/// One line per kind of finding unless all are asked for.
void print_findings(const Findings& findings, bool all) {
  std::map<std::string, int> seen, total;
  for (const Finding& one : findings) ++total[one.id];
  for (const Finding& one : findings) {
    if (!all && seen[one.id]++ > 0) continue;
    const int more = all ? 0 : total[one.id] - 1;
    std::printf(
        "%s: %s%s\n", severity_name(one.severity), to_line(one.problem).c_str(),
        more > 0 ? (" [and " + std::to_string(more) + " more; --all lists them]").c_str() : "");
  }
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
  std::printf("%s: %s", arguments.target.c_str(), counted_cases(dataset.cases).c_str());
  if (!dataset.splits.empty()) {
    std::printf(", %zu to train on, %zu to validate on", dataset.splits[0].train.size(),
                dataset.splits[0].validation.size());
  }
  std::printf(", %zu to test on\n", dataset.test_cases.size());
  print_counts(report, dataset.labels);
  print_findings(report.findings, arguments.all);
  std::printf("self-check: %s\n", report.self_check.c_str());
}

}  // namespace

void add_import(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("import", "Convert a released data set");
  verb->add_option("kind", arguments->kind, "mscmr, myops, acdc, msd, nnunet1 or dicom")
      ->required();
  verb->add_option("source", arguments->source, "Folder of the release; only read")->required();
  verb->add_option("target", arguments->target, "Folder to create")->required();
  add_spacing(*verb, arguments->spacing_mm);
  add_series(*verb, arguments->options.series, arguments->options.merge_series);
  verb->add_option("--assume", arguments->options.assume,
                   "DICOM without orientation or position: \"spacing\" takes the array's own axes")
      ->check(CLI::IsMember({"spacing"}));
  verb->add_flag("--all", arguments->all, "List every finding, not one of each kind");
  verb->add_flag("--json", arguments->json, "Print the report as JSON");
  verb->callback([arguments] { run_import(*arguments); });
}

}  // namespace medcl
