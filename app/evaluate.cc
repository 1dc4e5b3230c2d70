// SPDX-License-Identifier: Apache-2.0
// medcl evaluate: how good predictions are, per class and per case, in millimetres.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/console.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/table.h"
#include "medcl/core/counted.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/output_guard.h"
#include "medcl/core/system_error.h"
#include "medcl/evaluation/evaluate_folder.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/evaluation/volume_bias.h"
#include "medcl/format/json_text.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string predictions, references, dataset, output;
  bool allow_missing = false, per_case = false, json = false, force = false;
  EvaluateOptions options;
};

/// Metrics of the printed table; summary.json has all of them.
bool is_shown(const Metric& metric) {
  const std::string key = metric.key;
  return key != "Volume_pred_ml" && key != "Volume_ref_ml";
}

int decimals_of(const Metric& metric) { return has_unit(metric) ? 2 : 3; }

void add_titles(Table& table, const Units& units) {
  for (const Metric& metric : metrics()) {
    if (is_shown(metric)) table.header.push_back(title_of(metric, units));
  }
}

void add_statistics(Table& table, const std::string& name, const std::vector<Statistic>& row,
                    std::size_t cases, const Units& units) {
  std::vector<std::string> cells{name};
  bool complete = true;
  for (std::size_t m = 0; m < row.size(); ++m) {
    if (!is_shown(metrics()[m])) continue;
    const Metric& metric = metrics()[m];
    cells.push_back(mean_sd_text(shown_value(metric, row[m].mean, units),
                                 shown_value(metric, row[m].sd, units), decimals_of(metric)));
    complete = complete && static_cast<std::size_t>(row[m].count) == cases;
  }
  cells.push_back(std::to_string(cases) + (complete ? "" : " (*)"));
  table.rows.push_back(std::move(cells));
}

void print_cases(const Summary& summary) {
  Table table{"", {"case", "class"}, {}, 2};
  add_titles(table, summary.units);
  for (const CaseResult& one : summary.cases) {
    for (std::size_t c = 0; c < one.classes.size(); ++c) {
      const char* note = one.classes[c].policy_used ? " (empty mask)" : "";
      table.rows.push_back({one.id, summary.labels.classes[c + 1].name + note});
      for (const Metric& metric : metrics()) {
        if (!is_shown(metric)) continue;
        const double value = shown_value(metric, one.classes[c].*metric.value, summary.units);
        table.rows.back().push_back(number_text(value, decimals_of(metric)));
      }
    }
  }
  print_table(table);
  std::printf("\n");
}

void print_means(const Summary& summary) {
  const std::size_t cases = summary.cases.size(), classes = summary.per_class.size();
  Table table{"", {"mean ± sd"}, {}, 1};
  add_titles(table, summary.units);
  table.header.emplace_back("n");
  for (std::size_t c = 0; c < classes; ++c) {
    add_statistics(table, summary.labels.classes[c + 1].name, summary.per_class[c], cases,
                   summary.units);
  }
  add_statistics(table, "mean of the classes", summary.over_classes, cases, summary.units);
  print_table(table);
}

void print_remarks(const Summary& summary) {
  char tolerance[32];
  std::snprintf(tolerance, sizeof tolerance, "%g", summary.options.tolerance_mm);
  const bool pictures =
      std::any_of(summary.cases.begin(), summary.cases.end(),
                  [](const CaseResult& one) { return one.surface_dimensions == 2; });
  print_wrapped(
      std::string("3-D") + (pictures ? " (surfaces of volumes of one slice: 2-D)" : "") +
      ", native grid; sd: over cases (n - 1), in the last row of each case's mean over its "
      "classes; surface Dice at " +
      tolerance + " " + summary.units.length());
  if (const std::string note = measure_note(summary.measure); !note.empty()) {
    warn("references: " + note);
  }
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    if (summary.policy_cases[c] == 0) continue;
    print_wrapped(summary.labels.classes[c + 1].name + ": an empty mask in " +
                  std::to_string(summary.policy_cases[c]) + " of " +
                  counted(summary.cases.size(), "case") + " (--empty " + summary.options.empty +
                  ")");
  }
  const std::vector<VolumeBias> biases = volume_bias(summary);
  for (std::size_t c = 0; c < biases.size(); ++c) {
    const std::string text =
        systematic_text(biases[c], summary.labels.classes[c + 1].name, summary.units);
    if (!text.empty()) print_wrapped("volume bias: " + text);
  }
  if (summary.options.empty_policy() == EmptyPolicy::kNan) {
    print_wrapped("(*) some values are not defined and left out of the mean; counts in the file");
  }
}

/// What to do about a result file that exists: nnU-Net has files of this name too.
std::string hint_for(const fs::path& output) {
  try {
    if (fs::is_regular_file(output) && !read_json(output).contains("medcl")) {
      return "medcl did not write it (nnU-Net uses this name too): name another file with -o, or "
             "replace it with --force";
    }
  } catch (const Error&) {
    return "medcl did not write it: name another file with -o, or replace it with --force";
  }
  return "name another file with -o, or replace it with --force";
}

/// Label files of a folder and the description beside them; scores that lie there are no input.
void add_inputs(const fs::path& folder, OutputGuard& guard) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_image_path(entry->path())) guard.add_input(entry->path());
  }
  guard.add_input(folder / "dataset.json");
}

/// What is named last on the command line must not be taken for the output's fault.
void require_folder_of(const char* option, const std::string& path) {
  const FileStatus status = file_status(path);
  if (status.kind == FileKind::kFolder) return;
  if (status.error != 0) fail_with_errno(status.error, "cannot look at it", path);
  fail(status.kind == FileKind::kNothing ? ErrorCode::kIo : ErrorCode::kUsage,
       {.what = "not a folder of label files",
        .where = std::string(option) + " " + path,
        .expected = "a folder",
        .found = kind_text(status.kind),
        .remedy = status.kind == FileKind::kFile ? "name the folder that it lies in" : ""});
}

void run_evaluate(const Arguments& arguments) {
  require_folder_of("--predictions", arguments.predictions);
  require_folder_of("--reference", arguments.references);
  const fs::path output = arguments.output.empty()
                              ? fs::path(arguments.predictions) / "summary.json"
                              : fs::path(arguments.output);
  OutputGuard guard(arguments.force, hint_for(output));
  for (const std::string& name : {arguments.predictions, arguments.references}) {
    const fs::path folder = name;
    add_inputs(folder, guard);
    guard.add_input(folder.parent_path() / "dataset.json");
  }
  if (!arguments.dataset.empty()) add_dataset(arguments.dataset, guard);
  guard.require_file(output);
  require_own_file(output, "--output");
  FolderPair folders{.predictions = arguments.predictions,
                     .references = arguments.references,
                     .dataset = {},
                     .allow_missing = arguments.allow_missing};
  if (!arguments.dataset.empty()) {
    folders.dataset = arguments.dataset;
  }
  remember_signals();
  Progress line(0, "evaluating", "case");
  const Summary summary =
      evaluate_folder(folders, arguments.options, [&line](std::int64_t done, std::int64_t total) {
        stop_if_asked();
        line.set_total(total);
        line.update(done);
      });
  line.finish();
  guard.write(output, [&](const fs::path& draft) {
    write_json(draft, to_json(as_written(summary, output)));  // paths as seen from the output
  });
  if (arguments.json) {
    std::printf("%s\n", json_text(to_json(as_written(summary, output)), 2).c_str());
    return;
  }
  if (arguments.per_case) {
    print_cases(summary);
  }
  print_means(summary);
  print_remarks(summary);
  std::printf("%s\n", output.c_str());
}

}  // namespace

void add_evaluate(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("evaluate"));
  CLI::App* verb = program.app.add_subcommand("evaluate", "Score predictions against references");
  verb->add_option("-p,--predictions", arguments->predictions, "Folder with predicted label files")
      ->required();
  verb->add_option("-r,--reference,--references", arguments->references,
                   "Folder with reference label files")
      ->required();
  verb->add_option("-d,--dataset", arguments->dataset,
                   "Dataset with the label names and the images (default: dataset.json near the "
                   "references)");
  verb->add_option("-o,--output", arguments->output,
                   "Result file (default: summary.json in the folder of predictions)");
  add_flags(*verb, table, "evaluate.");
  verb->add_flag("--force", arguments->force, "Replace an existing result file");
  verb->add_flag("--allow-missing", arguments->allow_missing,
                 "Score only the cases that have both a prediction and a reference");
  verb->add_flag("--per-case", arguments->per_case, "Print every case as well");
  verb->add_flag("--json", arguments->json, "Print the result file instead of a table");
  verb->callback([arguments, table] { run_evaluate(*arguments); });
}

}  // namespace medcl
