// SPDX-License-Identifier: Apache-2.0
// medcl experiment status: which runs are done, running, waiting and failed.

#include <cstdio>
#include <map>
#include <memory>

#include "app/console.h"
#include "app/experiment.h"
#include "app/progress.h"
#include "app/table.h"
#include "medcl/experiment/grid_data.h"
#include "medcl/experiment/status.h"
#include "medcl/format/json.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

struct Arguments : ExperimentArguments {
  bool json = false;
};

Json json_of(const std::vector<RunStatus>& all) {
  Json runs = Json::array();
  for (const RunStatus& one : all) {
    runs.push_back({{"id", one.run.id},
                    {"number", one.run.number},
                    {"state", name_of_state(one.state)},
                    {"share", one.share},
                    {"seconds", one.seconds},
                    {"dice", one.dice},
                    {"failure", one.failure}});
  }
  return {{"runs", runs}, {"seconds_left", seconds_left(all)}};
}

std::string detail_of(const RunStatus& one) {
  if (one.state == RunState::kFailed) return one.failure;
  if (one.state == RunState::kDone) {
    return "Dice " + number_text(one.dice, 3) + " in " + duration_text(one.seconds);
  }
  return one.share > 0 ? number_text(100 * one.share, 0) + " % trained" : "";
}

void print_status(const std::vector<RunStatus>& all) {
  Table table{"", {"run", "state", ""}, {}, 3};
  std::map<std::string, int> counts;
  for (const RunStatus& one : all) {
    table.rows.push_back({one.run.id, name_of_state(one.state), detail_of(one)});
    ++counts[name_of_state(one.state)];
  }
  print_table(table, [&](std::size_t row, std::size_t column) {
    return column == 1 && all[row].state == RunState::kFailed ? Ink::kRed : Ink::kNone;
  });
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  const double left = seconds_left(all);
  if (left > 0) text += "; about " + duration_text(left) + " left";
  print_wrapped(text);
}

void run_status(const Arguments& arguments) {
  const Experiment experiment = experiment_of(arguments);
  const std::filesystem::path folder = folder_of(arguments);
  const KnownData known = known_data(experiment, folder);
  const std::vector<GridRun> runs = expand_grid(experiment, known.digests);
  const std::vector<RunStatus> all = status_of(runs, folder);
  if (arguments.json) {
    std::printf("%s\n", json_text(json_of(all), 2).c_str());
  } else {
    print_status(all);
  }
  for (const std::string& one : known.absent) warn(one);
  for (const std::string& one : results_of_other_data(runs, ResultStore(folder))) warn(one);
}

}  // namespace

void add_experiment_status(CLI::App& parent) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = parent.add_subcommand("status", "Show which runs are done, running and failed");
  add_experiment_arguments(*verb, *arguments);
  verb->add_flag("--json", arguments->json, "Print JSON instead of a table");
  verb->footer("Example:\n  medcl experiment status configs/experiments/table1-phantom.toml");
  verb->callback([arguments] { run_status(*arguments); });
}

}  // namespace medcl
