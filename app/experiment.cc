// SPDX-License-Identifier: Apache-2.0
// medcl experiment: grids of runs, and the tables and figures of them.

#include "app/experiment.h"

#include "app/inputs.h"
#include "medcl/core/error.h"
#include "medcl/core/options.h"

namespace medcl {

namespace fs = std::filesystem;

void add_experiment_arguments(CLI::App& verb, ExperimentArguments& arguments) {
  verb.add_option("file", arguments.file, "Description of the experiment")
      ->required()
      ->type_name("FILE.toml");
  verb.add_option("-o,--output", arguments.folder,
                  "Folder of the experiment (default: runs/NAME for NAME.toml)");
  verb.add_option("--dataset", arguments.datasets, "Where a dataset of the experiment lies")
      ->type_name("NAME=FOLDER")
      ->allow_extra_args(false);
}

Experiment experiment_of(const ExperimentArguments& arguments) {
  Experiment experiment = read_experiment(arguments.file);
  for (const std::string& text : arguments.datasets) {
    const auto [name, folder] = split_setting(text, "--dataset");
    const auto found = experiment.dataset.find(name);
    if (found == experiment.dataset.end() || folder.empty()) {
      fail(ErrorCode::kUsage, {.what = "no dataset of the experiment",
                               .where = "--dataset",
                               .expected = "NAME=FOLDER with a [dataset.NAME]",
                               .found = text});
    }
    found->second.folder = folder;
  }
  experiment.calibration = read_calibration(folder_of(arguments));
  return experiment;
}

fs::path folder_of(const ExperimentArguments& arguments) {
  fs::path folder = arguments.folder.empty() ? fs::path("runs") / fs::path(arguments.file).stem()
                                             : fs::path(arguments.folder);
  require_own_folder(folder, "--output");
  return folder;
}

std::vector<std::string> command_of(const std::string& verb, const ExperimentArguments& arguments) {
  std::vector<std::string> words{"medcl", "experiment", verb, arguments.file};
  if (!arguments.folder.empty()) words.insert(words.end(), {"-o", arguments.folder});
  for (const std::string& one : arguments.datasets) words.insert(words.end(), {"--dataset", one});
  return words;
}

void add_experiment(Program& program) {
  CLI::App* verb =
      program.app.add_subcommand("experiment", "Compare methods: a grid of runs, its tables");
  verb->require_subcommand(1);
  add_experiment_calibrate(*verb, program);
  add_experiment_run(*verb, program);
  add_experiment_slurm(*verb);
  add_experiment_status(*verb);
  add_experiment_report(*verb, program);
  verb->footer(
      "Examples:\n"
      "  medcl experiment run configs/experiments/table1-phantom.toml\n"
      "  medcl experiment status configs/experiments/table1-phantom.toml\n"
      "  medcl experiment report configs/experiments/table1-phantom.toml");
}

}  // namespace medcl
