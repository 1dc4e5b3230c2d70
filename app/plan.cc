// SPDX-License-Identifier: Apache-2.0
// medcl plan: the options that `train` would choose for a dataset, each with its reason, and what
// nnU-Net would.

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/inputs.h"
#include "app/plan_nnunet.h"
#include "app/planning.h"
#include "app/setting_flags.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/entries.h"
#include "medcl/core/output_guard.h"
#include "medcl/dataset/nnunet/planner.h"
#include "medcl/format/json_text.h"
#include "medcl/task/auto_plan.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

struct Arguments {
  std::string dataset, output, config, planner = "default";
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
  bool force = false, json = false, nnunet = false;

  /// A plan for nnU-Net is JSON; for `train` it is TOML.
  [[nodiscard]] bool wants_json() const { return json || (nnunet && output.ends_with(".json")); }
};

Json json_of(const AutoPlan& plan) {
  Json json = {{"options", Json::object()}, {"warnings", plan.warnings}};
  for (const PlannedOption& one : plan.options) {
    json["options"][one.name] = {{"value", one.value}, {"reason", one.reason}};
  }
  return json;
}

/// nnU-Net asks for nothing but the data.
std::string nnunet_text(const Arguments& arguments, const Dataset& dataset,
                        const std::vector<std::string>& settings) {
  if (!settings.empty() || !arguments.config.empty()) {
    fail(ErrorCode::kUsage, {.what = "the plan of nnU-Net follows from the data alone",
                             .where = "--nnunet",
                             .expected = "no other options",
                             .found = settings.empty() ? "--config" : settings.front(),
                             .remedy = "give them to train, beside --config"});
  }
  return nnunet_plan_text(dataset, arguments.planner, arguments.wants_json());
}

std::string own_text(const Arguments& arguments, const Dataset& dataset,
                     const std::vector<std::string>& settings) {
  const AutoPlan plan =
      plan_in_terminal(dataset, {.settings = settings, .config_file = arguments.config});
  return arguments.json ? json_text(json_of(plan), 2) + "\n" : plan.text();
}

std::string next_step(const Arguments& arguments, const Dataset& dataset) {
  if (arguments.nnunet && arguments.wants_json()) {
    const std::string name = nnunet::planned_dataset(dataset).name;
    return "copy it to nnUNet_preprocessed/" + name + "/" +
           nnunet::planner_named(arguments.planner).plans_name + ".json";
  }
  return "medcl train " + arguments.dataset + " -o RUN --config " + arguments.output;
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
  const std::string text = arguments.nnunet ? nnunet_text(arguments, dataset, settings)
                                            : own_text(arguments, dataset, settings);
  if (arguments.output.empty()) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  guard.write(arguments.output,
              [&](const std::filesystem::path& draft) { write_atomically(draft, text); });
  std::printf("%s\nnext: %s\n", arguments.output.c_str(), next_step(arguments, dataset).c_str());
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
  CLI::Option* nnunet = verb->add_flag(
      "--nnunet", arguments->nnunet,
      "What nnU-Net would choose in 2-D: as a file that it loads (--json, or an output named "
      "*.json), else as options of this program");
  verb->add_option("--planner", arguments->planner, "Which planner of nnU-Net's, with --nnunet")
      ->check(CLI::IsMember(names_of(nnunet::planners())))
      ->capture_default_str()
      ->needs(nnunet);
  arguments->flags.add_to(*verb, options.table());
  verb->footer(
      "Examples:\n"
      "  medcl plan mydata --time 20m\n"
      "  medcl plan mydata -o plan.toml && medcl train mydata -o run --config plan.toml\n"
      "What is given is kept, and the rest follows from it:\n"
      "  medcl plan mydata --set crop.size=96\n"
      "train without --preset makes the same plan and uses it. What nnU-Net would choose:\n"
      "  medcl plan mydata --nnunet -o nnUNetPlans.json");
  verb->callback([arguments] { run_plan(*arguments); });
}

}  // namespace medcl
