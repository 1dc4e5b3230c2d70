// SPDX-License-Identifier: Apache-2.0
#pragma once

// A grid as an array job of SLURM.
//
// Source: https://slurm.schedmd.com/sbatch.html, job_array.html.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/experiment/experiment.h"

namespace medcl {

struct SlurmOptions {
  std::filesystem::path file, folder;       ///< of the experiment, absolute
  std::filesystem::path current;            ///< absolute, where relative names in the file begin
  std::vector<std::string> datasets;        ///< NAME=FOLDER, absolute
  std::int64_t cpus = 4;                    ///< of each task
  std::int64_t at_once = 0;                 ///< most tasks at a time; 0: all
  double hours = 24;                        ///< limit of each task
  std::vector<std::string> more;            ///< further options of sbatch, such as "--gres=gpu:1"
  std::filesystem::path program = "medcl";  ///< absolute: a task has the PATH of nobody
};

/// The text of the script: task N is `medcl experiment run FILE -o FOLDER --only N`. Two minutes
/// before its time is up a task is asked to save; submitted again, the array goes on.
std::string slurm_script(const Experiment& experiment, const SlurmOptions& options);

}  // namespace medcl
