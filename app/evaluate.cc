// SPDX-License-Identifier: Apache-2.0
// medcl evaluate: how good predictions are, per class and per case, in millimetres.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/error.h"
#include "medcl/core/output_guard.h"
#include "medcl/evaluation/evaluate_folder.h"
#include "medcl/evaluation/summary_json.h"
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

std::string number(double value, int decimals) {
  if (!std::isfinite(value)) {
    return "-";
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// Metrics of the printed table; summary.json has all of them.
bool is_shown(const Metric& metric) {
  return std::string(metric.key).find("Volume") == std::string::npos;
}

int decimals_of(const Metric& metric) { return std::string(metric.title).ends_with("mm") ? 2 : 3; }

void print_header(const char* first) {
  std::printf("%-16s", first);
  for (const Metric& metric : metrics()) {
    if (is_shown(metric)) {
      std::printf("  %15s", metric.title);
    }
  }
}

void print_statistics(const std::string& name, const std::vector<Statistic>& row,
                      std::size_t cases) {
  std::printf("%-16s", name.c_str());
  bool complete = true;
  for (std::size_t m = 0; m < row.size(); ++m) {
    if (is_shown(metrics()[m])) {
      const int decimals = decimals_of(metrics()[m]);
      std::printf("  %15s",
                  (number(row[m].mean, decimals) + " +- " + number(row[m].sd, decimals)).c_str());
      complete = complete && static_cast<std::size_t>(row[m].count) == cases;
    }
  }
  std::printf("  %5zu%s\n", cases, complete ? "" : " (*)");
}

void print_cases(const Summary& summary) {
  print_header("case, class");
  std::printf("\n");
  for (const CaseResult& one : summary.cases) {
    for (std::size_t c = 0; c < one.classes.size(); ++c) {
      std::printf("%-16s", (one.id + " " + summary.labels.classes[c + 1].name).c_str());
      for (const Metric& metric : metrics()) {
        if (is_shown(metric)) {
          std::printf("  %15s", number(one.classes[c].*metric.value, decimals_of(metric)).c_str());
        }
      }
      std::printf("%s\n", one.classes[c].policy_used ? "  (empty mask)" : "");
    }
  }
  std::printf("\n");
}

void print_table(const Summary& summary) {
  const std::size_t cases = summary.cases.size(), classes = summary.per_class.size();
  print_header("mean +- sd");
  std::printf("  %5s\n", "n");
  for (std::size_t c = 0; c < classes; ++c) {
    print_statistics(summary.labels.classes[c + 1].name, summary.per_class[c], cases);
  }
  print_statistics("all classes", summary.pooled, cases * classes);
  const bool pictures =
      std::any_of(summary.cases.begin(), summary.cases.end(),
                  [](const CaseResult& one) { return one.surface_dimensions == 2; });
  std::printf("3-D%s, native grid, sd with ddof 1; surface Dice at %g mm\n",
              pictures ? " (surfaces of volumes of one slice: 2-D)" : "",
              summary.options.tolerance_mm);
  for (std::size_t c = 0; c < classes; ++c) {
    if (summary.policy_cases[c] > 0) {
      std::printf("%s: %lld of %zu cases have an empty mask (--empty %s)\n",
                  summary.labels.classes[c + 1].name.c_str(),
                  static_cast<long long>(summary.policy_cases[c]), cases,
                  summary.options.empty.c_str());
    }
  }
  if (summary.options.empty_policy() == EmptyPolicy::kNan) {
    std::printf("(*) some values are not defined and left out of the mean; counts in the file\n");
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

void run_evaluate(const Arguments& arguments) {
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
    std::printf("%s\n", json_text(to_json(summary), 2).c_str());
    return;
  }
  if (arguments.per_case) {
    print_cases(summary);
  }
  print_table(summary);
  std::printf("%s\n", output.c_str());
}

}  // namespace

void add_evaluate(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(*table);
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
                 "Score only the cases that were predicted");
  verb->add_flag("--per-case", arguments->per_case, "Print every case as well");
  verb->add_flag("--json", arguments->json, "Print the result file instead of a table");
  verb->callback([arguments, table] { run_evaluate(*arguments); });
}

}  // namespace medcl
