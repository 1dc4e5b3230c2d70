// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/slurm.h"

#include <cmath>
#include <cstdio>

#include "medcl/core/shell_word.h"
#include "medcl/experiment/grid.h"

namespace medcl {
namespace {

std::string time_text(double hours) {
  const auto minutes = static_cast<long long>(std::ceil(60 * hours));
  char text[64];
  std::snprintf(text, sizeof text, "%lld:%02lld:00", minutes / 60, minutes % 60);
  return text;
}

}  // namespace

std::string slurm_script(const Experiment& experiment, const SlurmOptions& options) {
  const std::size_t last = expand_grid(experiment).size() - 1;
  const std::string folder = options.folder.string();
  std::string text = "#!/bin/bash\n";
  const auto option = [&text](const std::string& one) { text += "#SBATCH " + one + "\n"; };
  option("--job-name=" + shell_word(options.file.stem().string()));
  option("--array=0-" + std::to_string(last) +
         (options.at_once > 0 ? "%" + std::to_string(options.at_once) : ""));
  option("--cpus-per-task=" + std::to_string(options.cpus));
  option("--time=" + time_text(options.hours));
  option("--signal=B:TERM@120");
  option("--output=" + shell_word(folder + "/slurm-%A_%a.log"));
  if (!options.current.empty()) option("--chdir=" + shell_word(options.current.string()));
  for (const std::string& one : options.more) option(one);
  text +=
      "# A task that was cut off goes on when this script is submitted again; one that is done "
      "ends at once.\n";
  text += "exec " + shell_word(options.program.string()) + " experiment run " +
          shell_word(options.file.string()) + " -o " + shell_word(folder);
  for (const std::string& one : options.datasets) text += " --dataset " + shell_word(one);
  return text + " --only \"$SLURM_ARRAY_TASK_ID\" --threads \"$SLURM_CPUS_PER_TASK\"\n";
}

}  // namespace medcl
