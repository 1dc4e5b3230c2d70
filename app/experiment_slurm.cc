// SPDX-License-Identifier: Apache-2.0
// medcl experiment slurm: a job array, one task per run.

#include <cstdio>
#include <memory>

#include "app/command_line.h"
#include "app/experiment.h"
#include "app/experiment_check.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/output_guard.h"
#include "medcl/core/running_program.h"
#include "medcl/experiment/grid_data.h"
#include "medcl/experiment/slurm.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

struct Arguments : ExperimentArguments {
  SlurmOptions options;
  std::string script;
  bool force = false;
};

void write_script(const Arguments& arguments) {
  const Experiment experiment = experiment_of(arguments);
  SlurmOptions options = arguments.options;
  options.file = fs::absolute(arguments.file).lexically_normal();
  options.folder = fs::absolute(folder_of(arguments)).lexically_normal();
  options.current = fs::current_path();
  options.program = fs::read_symlink(this_program());
  for (const std::string& name : experiment.datasets) {
    if (experiment.dataset.at(name).folder.empty()) continue;
    options.datasets.push_back(name + "=" +
                               dataset_place(experiment, options.folder, name).string());
  }
  require_sound_settings(experiment, described_datasets(experiment, options.folder),
                         RunPlace::kElsewhere);
  make_folders(options.folder);  // SLURM makes none for its logs
  if (arguments.script.empty()) {
    std::printf("%s", slurm_script(experiment, options).c_str());
    return;
  }
  OutputGuard guard(arguments.force);
  guard.add_input(arguments.file);
  guard.require_file(arguments.script);
  guard.write(arguments.script, [&](const fs::path& draft) {
    write_atomically(draft, slurm_script(experiment, options));
  });
  print_command("submit", {"sbatch", arguments.script});
}

}  // namespace

void add_experiment_slurm(CLI::App& parent) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = parent.add_subcommand("slurm", "Write a job array, one task per run");
  add_experiment_arguments(*verb, *arguments);
  verb->add_option("--script", arguments->script, "File to write (default: standard output)");
  verb->add_option("--cpus", arguments->options.cpus, "Cores of each task")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--at-once", arguments->options.at_once, "Most tasks at a time; 0: all")
      ->check(CLI::Range(0, 100000));
  verb->add_option("--hours", arguments->options.hours, "Time limit of each task")
      ->check(CLI::Range(0.1, 1000.0));
  verb->add_option("--sbatch", arguments->options.more,
                   "A further option of sbatch, such as --gres=gpu:1; may be given again")
      ->type_name("OPTION")
      ->allow_extra_args(false);
  verb->add_flag("--force", arguments->force, "Replace an existing script");
  verb->footer(
      "The script names this program, the file and the folders by absolute paths.\n"
      "Examples:\n"
      "  medcl experiment slurm table1.toml -o runs/t1 --script table1.sbatch --cpus 8\n"
      "  medcl experiment slurm table1.toml --script t1.sbatch --hours 2 \\\n"
      "    --sbatch=--partition=gpu --sbatch=--gres=gpu:1");
  verb->callback([arguments] { write_script(*arguments); });
}

}  // namespace medcl
