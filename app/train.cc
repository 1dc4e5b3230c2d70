// SPDX-License-Identifier: Apache-2.0
// medcl train: MedCL or a comparison method, from a plan or a preset; resumes; Ctrl-C saves.

#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/planning.h"
#include "app/run_summary.h"
#include "app/run_verb.h"
#include "app/signals.h"
#include "app/train_folds.h"
#include "app/train_text.h"
#include "medcl/task/resume.h"

namespace medcl {
namespace {

std::vector<SettingFlag> setting_flags() {
  return {{"--method", "method.name", ""},
          {"--network", "network.name", ""},
          {"--backbone", "network.name", "Earlier name of --network"},
          {"--time", "train.time_s", "Time budget, such as 30m"},
          {"--steps", "train.steps", "Optimiser steps"},
          {"--epochs", "train.epochs", "Epochs"},
          {"--patience", "train.patience", ""},
          {"--seed", "train.seed", ""},
          {"--scribbled", "train.scribbled",
           "Cases whose scribbles are used, comma separated; the others are unlabelled"},
          {"--unlabelled", "sampler.unlabelled", ""},
          {"--device", "train.device", ""},
          {"--precision", "train.precision", ""},
          {"--threads", "train.threads", ""},
          {"--workers", "train.workers", ""}};
}

struct Arguments : RunArguments {
  Arguments() : RunArguments("train", RunKind::kTraining, setting_flags()) {}
  bool untrained = false;
  std::int64_t folds = 0;
};

bool is_planned(const Arguments& arguments) {
  const bool nothing_said = arguments.preset.empty() && arguments.config.empty();
  return arguments.preset == kAutoPreset || nothing_said;
}

/// The options of a run, and the plan that they come from, if any.
struct Chosen {
  RunOptions options;
  std::optional<RunPlan> plan{};
};

Chosen options_of(const Arguments& arguments) {
  Chosen chosen;
  RunOptions tried;
  std::vector<std::string> settings = arguments.flags.settings(tried.table());
  if (arguments.untrained) settings.emplace_back("train.untrained=true");
  const auto anew = [&] {
    const bool planned = is_planned(arguments);
    if (planned) {
      const AutoPlan plan = plan_in_terminal(
          read_dataset(arguments.dataset), {.settings = settings, .config_file = arguments.config});
      chosen.plan = RunPlan{plan.survey, plan.text()};
    }
    chosen.options =
        resolve_options(planned ? "" : arguments.preset, arguments.config, settings,
                        {.defaults = planned ? chosen.plan->text : "", .describe = {}});
  };
  take_options(arguments, chosen.options, anew,
               [&] { chosen.options = options_of_run(arguments.resume, settings); });
  return chosen;
}

void run_train(Arguments& arguments, Program& program) {
  settle_fold_arguments(arguments, arguments.folds);
  Chosen chosen = options_of(arguments);
  RunOptions& options = chosen.options;
  if (arguments.folds > 0 || has_folds(arguments.run_folder())) {
    train_folds(arguments, options, chosen.plan, arguments.folds, program);
    return;
  }
  const Dataset dataset = read_dataset(options.dataset);
  settle_options(options, dataset);
  remember_signals();
  TrainingResult result;
  const auto work = [&](TrainingHooks& hooks) {
    hooks.on_start = [&] { print_summary(dataset, options, chosen.plan); };
    return train(dataset, options, arguments.run_folder(), arguments.cache_folder(),
                 {.resume = arguments.goes_on(),
                  .accept_changes = arguments.accept_changes,
                  .plan = chosen.plan ? chosen.plan->text : ""},
                 hooks);
  };
  if (run_in_terminal(arguments, program, "training", work, result)) {
    print_result(result, arguments.run_folder(), options);
  }
}

}  // namespace

void add_train(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("train", "Train a model from scribbles");
  RunOptions options;
  add_run_arguments(*verb, *arguments, options.table());
  verb->get_option("--backbone")->group("");  // not shown
  verb->add_flag("--untrained", arguments->untrained,
                 "No steps: a model of the network as it starts, such as MedSAM's weights");
  verb->add_option(
          "--folds", arguments->folds,
          "Cross-validation: so many trainings in RUN/fold_0, RUN/fold_1 ..., each without "
          "other scribbled cases; --time and --steps are those of one. Given again, the "
          "command goes on")
      ->check(CLI::Range(2, 1000));
  verb->footer(
      "Examples:\n"
      "  medcl train mydata -o runs/a --time 20m   (options: those of medcl plan mydata)\n"
      "  medcl train data/mscmr -o runs/a --preset laptop --scribbled subject13\n"
      "  medcl train --resume runs/a\n"
      "  medcl train --resume runs/a --time 2h   (a later end, counted from the start)\n"
      "  medcl train data/mscmr -o runs/b --preset laptop --method pce --seed 2\n"
      "  medcl train mydata -o runs/c --folds 5 --time 10m   (then: medcl estimate runs/c)\n"
      "All options: docs/reference/configuration.md, or config.toml in a run folder.");
  verb->callback([arguments, &program] { run_train(*arguments, program); });
}

}  // namespace medcl
