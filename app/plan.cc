// SPDX-License-Identifier: Apache-2.0
// medcl plan: the options that `train` would choose for a dataset, each with its reason.

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/planning.h"
#include "app/setting_flags.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/output_guard.h"
#include "medcl/format/json_text.h"
#include "medcl/task/auto_plan.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, output, config;
  SettingFlags flags{
      {{"--method", "method.name", ""},
       {"--network", "network.name", ""},
       {"--time", "train.time_s", "Time budget, such as 30m"},
       {"--steps", "train.steps", "Optimiser steps"},
       {"--epochs", "train.epochs", "Epochs"},
       {"--scribbled", "train.scribbled",
        "Cases whose scribbles are used, comma separated; the others are unlabelled"},
       {"--device", "train.device", ""},
       {"--threads", "train.threads", ""}}};
  bool force = false, json = false;
};

Json json_of(const AutoPlan& plan) {
  Json json = {{"options", Json::object()}, {"warnings", plan.warnings}};
  for (const PlannedOption& one : plan.options) {
    json["options"][one.name] = {{"value", one.value}, {"reason", one.reason}};
  }
  return json;
}

void run_plan(const Arguments& arguments) {
  RunOptions tried;
  const std::vector<std::string> settings = arguments.flags.settings(tried.table());
  const Dataset dataset = read_dataset(arguments.dataset);
  OutputGuard guard(arguments.force);
  if (!arguments.output.empty()) {
    add_dataset(dataset.root, guard);
    guard.require_file(arguments.output);
    require_own_file(arguments.output, "--output");
  }
  const AutoPlan plan =
      plan_in_terminal(dataset, {.settings = settings, .config_file = arguments.config});
  const std::string text = arguments.json ? json_text(json_of(plan), 2) + "\n" : plan.text();
  if (arguments.output.empty()) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  guard.write(arguments.output,
              [&](const std::filesystem::path& draft) { write_atomically(draft, text); });
  std::printf("%s\nnext: medcl train %s -o RUN --config %s\n", arguments.output.c_str(),
              arguments.dataset.c_str(), arguments.output.c_str());
}

}  // namespace

void add_plan(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  RunOptions options;
  CLI::App* verb = program.app.add_subcommand("plan", "Choose the options of a training");
  verb->add_option("dataset", arguments->dataset, "Dataset folder")->required();
  verb->add_option("-o,--output", arguments->output, "TOML file to write, for train --config");
  verb->add_flag("--force", arguments->force, "Replace an existing file");
  verb->add_flag("--json", arguments->json, "JSON instead of TOML");
  verb->add_option("--config", arguments->config, "TOML file with options that are given");
  arguments->flags.add_to(*verb, options.table());
  verb->footer(
      "Examples:\n"
      "  medcl plan mydata --time 20m\n"
      "  medcl plan mydata -o plan.toml && medcl train mydata -o run --config plan.toml\n"
      "What is given is kept, and the rest follows from it:\n"
      "  medcl plan mydata --set crop.size=96\n"
      "train without --preset makes the same plan and uses it.");
  verb->callback([arguments] { run_plan(*arguments); });
}

}  // namespace medcl
