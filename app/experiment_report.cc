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
#include "medcl/experiment/figures.h"
#include "medcl/experiment/numbers.h"
#include "medcl/experiment/page.h"
#include "medcl/experiment/tables.h"
#include "medcl/report/svg_plot.h"
#include "medcl/report/table_formats.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// The datasets that lie where they should; without one its pictures are missed.
GridDatasets datasets_there(const Experiment& experiment, const fs::path& folder) {
  GridDatasets datasets;
  for (const std::string& name : experiment.datasets) {
    const fs::path place = dataset_place(experiment, folder, name);
    if (is_there(place / "dataset.json")) {
      datasets[name] = read_dataset(place);
    } else {
      warn("no pictures of " + name + ": no dataset in " + place.string() +
           "; say where it is with --dataset " + name + "=FOLDER");
    }
  }
  return datasets;
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
  const fs::path folder = folder_of(arguments);
  if (!is_there(folder)) {
    fail(ErrorCode::kIo, {.what = "no such experiment",
                          .where = folder.string(),
                          .expected = "the folder of medcl experiment run",
                          .found = "nothing",
                          .remedy = "name it with -o"});
  }
  const std::vector<RunResult> results = ResultStore(folder).read_all(expand_grid(experiment));
  const std::vector<ComparedSection> sections = compare(experiment, results);
  const fs::path report = folder / "report";
  make_folders(report);
  const std::vector<std::uint8_t> text = read_file(arguments.file);
  const PageInputs inputs{.experiment = experiment,
                          .sections = sections,
                          .datasets = datasets_there(experiment, folder),
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
  std::printf("%s: open it in a browser; tables.md, tables.tex and numbers.csv beside it\n",
              (report / "index.html").c_str());
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
