// SPDX-License-Identifier: Apache-2.0
#pragma once

// medcl experiment: what its verbs share.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/commands.h"
#include "medcl/experiment/experiment.h"

namespace medcl {

struct ExperimentArguments {
  std::string file, folder;
  std::vector<std::string> datasets;  ///< NAME=FOLDER
};

/// FILE.toml, -o and --dataset. `arguments` must outlive the parsing.
void add_experiment_arguments(CLI::App& verb, ExperimentArguments& arguments);
/// The experiment, its datasets where --dataset says they are, with the calibration of its folder.
/// @throws as read_experiment and read_calibration; Error(kUsage) for --dataset.
Experiment experiment_of(const ExperimentArguments& arguments);
/// -o, or runs/NAME for NAME.toml. @throws Error(kUsage) for a folder of somebody's work: a run, a
/// model, a dataset.
std::filesystem::path folder_of(const ExperimentArguments& arguments);
/// `medcl experiment VERB FILE -o FOLDER`, as a person types it behind what `arguments` say.
std::vector<std::string> command_of(const std::string& verb, const ExperimentArguments& arguments);

void add_experiment_calibrate(CLI::App& parent, Program& program);
void add_experiment_run(CLI::App& parent, Program& program);
void add_experiment_slurm(CLI::App& parent);
void add_experiment_status(CLI::App& parent);
void add_experiment_report(CLI::App& parent, Program& program);

}  // namespace medcl
