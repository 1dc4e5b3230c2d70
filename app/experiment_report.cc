// SPDX-License-Identifier: Apache-2.0
// medcl experiment report: tables as Markdown, LaTeX and CSV, and one page with the figures.

#include <cstdio>
#include <memory>

#include "app/console.h"
#include "app/experiment.h"
#include "app/table.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/experiment/check_grid.h"
#include "medcl/experiment/figures.h"
#include "medcl/experiment/numbers.h"
#include "medcl/experiment/page.h"
#include "medcl/experiment/tables.h"
#include "medcl/report/svg_plot.h"
#include "medcl/report/table_formats.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Without a dataset its pictures are missed.
void warn_of_absent(const Experiment& experiment, const KnownData& known, const fs::path& folder) {
  for (const std::string& name : experiment.datasets) {
    if (known.datasets.count(name) > 0) continue;
    warn("no pictures of " + name + ": no dataset in " +
         dataset_place(experiment, folder, name).string() + "; say where it is with --dataset " +
         name + "=FOLDER");
  }
}

/// The folder of the experiment: that of `medcl experiment run`, or one into which results were
/// copied.
fs::path existing_folder_of(const ExperimentArguments& arguments) {
  fs::path folder = folder_of(arguments);
  if (is_there(folder / "experiment.toml") || is_there(folder / "results")) return folder;
  const bool something = is_there(folder);
  fail(something ? ErrorCode::kUsage : ErrorCode::kIo,
       {.what = "no experiment there",
        .where = folder.string(),
        .expected = "the folder of medcl experiment run, with experiment.toml and results",
        .found = something ? "another folder" : "nothing",
        .remedy = "name it with -o"});
}

/// Without any result of the data at hand, a page of empty tables would hide those of other data.
void require_results_of_this_data(const std::vector<RunResult>& results,
                                  const std::vector<std::string>& of_other_data,
                                  const fs::path& folder) {
  if (!results.empty() || of_other_data.empty()) return;
  fail(ErrorCode::kInvalidData,
       {.what = "no result is of this data",
        .where = folder.string(),
        .expected = "results of the data that is there",
        .found = of_other_data.front(),
        .remedy = "medcl experiment run does the runs anew; or name the data of before with "
                  "--dataset NAME=FOLDER"});
}

void write_figures(const Experiment& experiment, const std::vector<ComparedSection>& sections,
                   const fs::path& report) {
  for (std::size_t n = 0; n < sections.size(); ++n) {
    const std::string number = std::to_string(n + 1);
    if (const std::string svg = learning_curves(sections[n]); !svg.empty()) {
      write_atomically(report / ("curves-" + number + ".svg"), standalone_svg(svg));
    }
    if (const std::string svg = across_figure(experiment, sections[n]); !svg.empty()) {
      write_atomically(report / ("figure-" + number + ".svg"), standalone_svg(svg));
    }
  }
}

void write_report(const ExperimentArguments& arguments, const std::string& version) {
  const Experiment experiment = experiment_of(arguments);
  const fs::path folder = existing_folder_of(arguments);
  const KnownData known = known_data(experiment, folder);
  require_runnable(experiment, known.datasets);
  warn_of_absent(experiment, known, folder);
  const std::vector<GridRun> runs = expand_grid(experiment, known.digests);
  const ResultStore store(folder);
  const std::vector<RunResult> results = store.read_all(runs);
  const std::vector<std::string> of_other_data = results_of_other_data(runs, store);
  require_results_of_this_data(results, of_other_data, folder);
  for (const std::string& one : of_other_data) warn(one + ": left out of all tables");
  const std::vector<ComparedSection> sections = compare(experiment, results);
  const fs::path report = folder / "report";
  make_folders(report);
  const std::vector<std::uint8_t> text = read_file(arguments.file);
  const PageInputs inputs{.experiment = experiment,
                          .sections = sections,
                          .datasets = known.datasets,
                          .digests = known.digests,
                          .folder = folder,
                          .program = version,
                          .description = std::string(text.begin(), text.end())};
  write_atomically(report / "index.html", experiment_page(inputs, warn));
  write_atomically(report / "tables.md", experiment_markdown(experiment, sections));
  write_atomically(report / "tables.tex", experiment_latex(experiment, sections));
  write_atomically(report / "numbers.csv", to_csv(number_table(experiment, sections)));
  write_figures(experiment, sections, report);
  for (const ComparedSection& section : sections) {
    print_table(score_table(experiment, section, "Dice"));
    print_wrapped(reading_text(experiment, section));
  }
  std::printf("%s\n", (report / "index.html").c_str());
  print_wrapped("open it in a browser; tables.md, tables.tex and numbers.csv lie beside it");
}

}  // namespace

void add_experiment_report(CLI::App& parent, Program& program) {
  auto arguments = std::make_shared<ExperimentArguments>();
  CLI::App* verb = parent.add_subcommand("report", "Write the tables and figures of what is done");
  add_experiment_arguments(*verb, *arguments);
  verb->footer(
      "Writes FOLDER/report: index.html, tables.md, tables.tex, numbers.csv and\n"
      "figures as SVG. May be called while runs are at work: what is missing is named.\n"
      "Example:\n"
      "  medcl experiment report configs/experiments/table1-phantom.toml");
  verb->callback([arguments, &program] { write_report(*arguments, program.app.version()); });
}

}  // namespace medcl
