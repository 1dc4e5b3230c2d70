// SPDX-License-Identifier: Apache-2.0
#include "app/experiment_check.h"

#include <map>
#include <set>
#include <tuple>

#include "app/commands.h"
#include "app/usage.h"
#include "medcl/core/error.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

/// "table.toml: method pce, switch off".
std::string place_of(const Experiment& experiment, const GridRun& run) {
  return experiment.file + ": method " + run.method +
         (run.choice.empty() ? "" : ", switch " + run.choice);
}

/// Settles the options of runs. The order of axes of a dataset takes a look into its files, and is
/// the same for most runs.
class Settler {
 public:
  explicit Settler(RunPlace place) : place_(place) {}

  void settle(RunOptions& options, const std::string& name, const Dataset& dataset) {
    if (place_ == RunPlace::kElsewhere) options.train.device = "cpu";
    std::string& order = options.prepare.orientation;
    const std::tuple key{name, order, options.prepare.assume};
    if (const auto known = orders_.find(key); known != orders_.end()) order = known->second;
    settle_options(options, dataset);
    orders_.emplace(key, order);
  }

 private:
  RunPlace place_;
  std::map<std::tuple<std::string, std::string, std::string>, std::string> orders_;
};

void require_sound_run(const Experiment& experiment, const GridRun& run,
                       const GridDatasets& datasets, Settler& settler) {
  try {
    RunOptions options = resolve_options(run.preset, "", run.settings);
    const auto found = datasets.find(run.dataset);
    if (found != datasets.end()) settler.settle(options, run.dataset, found->second);
  } catch (const Error& error) {
    throw Error(error.code(), place_of(experiment, run) + ": " + error.what());
  }
}

/// What `medcl predict` says to flags, without predicting anything.
std::string wrong_flags(const std::vector<std::string>& flags) {
  Program tried;
  add_predict(tried);
  tried.app.get_subcommand("predict")->callback([] {});
  std::vector<std::string> words{"predict", "-m", "model", "image", "-o", "labels"};
  words.insert(words.end(), flags.begin(), flags.end());
  try {
    tried.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    return first_line(error.what());
  }
  return "";
}

}  // namespace

void require_sound_settings(const Experiment& experiment, const GridDatasets& datasets,
                            RunPlace place) {
  Settler settler(place);
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const GridRun& run : expand_grid(experiment)) {
    if (!seen.emplace(run.dataset, run.method, run.choice).second) continue;
    require_sound_run(experiment, run, datasets, settler);
  }
  for (const auto& [name, prediction] : experiment.prediction) {
    const std::string wrong = wrong_flags(prediction.flags);
    if (wrong.empty()) continue;
    fail(ErrorCode::kUsage, {.what = "medcl predict does not know these flags",
                             .where = experiment.file + ": prediction." + name + ".flags",
                             .expected = "",
                             .found = wrong,
                             .remedy = "medcl predict --help lists them"});
  }
}

}  // namespace medcl
