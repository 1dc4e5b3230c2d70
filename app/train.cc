// SPDX-License-Identifier: Apache-2.0
// medcl train: MedCL or a comparison method, from a preset; resumes; Ctrl-C saves.

#include <array>
#include <memory>

#include "app/commands.h"
#include "app/console.h"
#include "app/inputs.h"
#include "app/option_flags.h"
#include "app/progress.h"
#include "app/signals.h"
#include "app/train_text.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/training/loop.h"
#include "medcl/training/resume.h"
#include "medcl/training/run_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// A flag that is a setting by another name. `help`: null where that of the setting says it all.
struct ShortFlag {
  const char* flag;
  const char* key;
  const char* help = nullptr;
};

constexpr std::array kShortFlags{
    ShortFlag{"--method", "method.name"},
    ShortFlag{"--backbone", "network.backbone"},
    ShortFlag{"--time", "train.time_s", "Time budget, such as 30m"},
    ShortFlag{"--steps", "train.steps", "Optimiser steps"},
    ShortFlag{"--epochs", "train.epochs", "Epochs"},
    ShortFlag{"--patience", "train.patience"},
    ShortFlag{"--seed", "train.seed"},
    ShortFlag{"--scribbled", "train.scribbled",
              "Cases whose scribbles are used, comma separated; the others are unlabelled"},
    ShortFlag{"--unlabelled", "sampler.unlabelled"},
    ShortFlag{"--device", "train.device"},
    ShortFlag{"--precision", "train.precision"},
    ShortFlag{"--threads", "train.threads"},
    ShortFlag{"--workers", "train.workers"},
};

struct Arguments {
  std::string dataset, run, preset, config, cache, resume;
  bool accept_changes = false;
  std::array<std::string, kShortFlags.size()> short_flags;
  std::vector<std::string> settings;
};

/// Settings as `resolve_options` takes them. What is wrong with a flag is said of that flag.
std::vector<std::string> settings_of(const Arguments& arguments) {
  RunOptions tried;
  OptionTable table;
  tried.describe(table);
  std::vector<std::string> settings;
  for (std::size_t n = 0; n < kShortFlags.size(); ++n) {
    std::string value = arguments.short_flags[n];
    if (value.empty()) continue;
    const std::string key = kShortFlags[n].key;
    if (key == "train.time_s") value = std::to_string(parse_duration_s(value));
    table.set(key, value, kShortFlags[n].flag);
    settings.push_back(key + "=" + value);
  }
  settings.insert(settings.end(), arguments.settings.begin(), arguments.settings.end());
  return settings;
}

void add_short_flags(CLI::App& verb, Arguments& arguments) {
  RunOptions options;
  OptionTable table;
  options.describe(table);
  for (std::size_t n = 0; n < kShortFlags.size(); ++n) {
    const ShortFlag& flag = kShortFlags[n];
    CLI::Option* added = add_flag_for(
        verb, table.at(flag.key, flag.flag), flag.flag,
        [&value = arguments.short_flags[n]](const std::string& text) { value = text; });
    if (flag.help != nullptr) added->description(flag.help);
  }
  verb.get_option("--time")->type_name("TIME");
}

RunOptions options_for_new_run(const Arguments& arguments) {
  if (arguments.dataset.empty() || arguments.run.empty()) {
    fail(ErrorCode::kUsage, {.what = "a dataset and a run folder are needed",
                             .where = "DATASET",
                             .expected = "medcl train DATASET -o RUN --preset laptop"});
  }
  if (arguments.accept_changes) {
    fail(ErrorCode::kUsage, {.what = "belongs to a run that goes on",
                             .where = "--accept-changes",
                             .expected = "--resume RUN"});
  }
  RunOptions options = resolve_options(arguments.preset, arguments.config, settings_of(arguments));
  options.dataset = fs::absolute(arguments.dataset).lexically_normal().string();
  settle_options(options);
  if (arguments.preset.empty() && arguments.config.empty()) print_defaults(options);
  return options;
}

bool same_folder(const std::string& a, const std::string& b) {
  return fs::weakly_canonical(a) == fs::weakly_canonical(b);
}

/// What decides a run is in its folder.
void refuse_what_a_run_keeps(const Arguments& arguments, const RunOptions& options) {
  const auto refuse = [&](const char* flag, const std::string& found, const std::string& remedy) {
    fail(ErrorCode::kUsage, {.what = "cannot be given to a run that goes on",
                             .where = flag,
                             .expected = "--resume " + arguments.resume + ", which has its own",
                             .found = found,
                             .remedy = remedy});
  };
  const std::string anew = "leave it out, or start a new run in another folder";
  if (!arguments.preset.empty()) refuse("--preset", arguments.preset, anew);
  if (!arguments.config.empty()) refuse("--config", arguments.config, anew);
  if (!arguments.run.empty() && !same_folder(arguments.run, arguments.resume)) {
    refuse("--output", arguments.run, anew);
  }
  if (!arguments.dataset.empty() && !same_folder(arguments.dataset, options.dataset)) {
    refuse("DATASET", arguments.dataset,
           "leave it out; if the dataset moved: --set dataset=" + arguments.dataset);
  }
}

void require_dataset(const RunOptions& options, const std::string& run) {
  if (is_there(fs::path(options.dataset) / "dataset.json")) return;
  fail(ErrorCode::kIo, {.what = "the dataset of this run is not there",
                        .where = options.dataset,
                        .expected = "a folder with dataset.json",
                        .remedy = "if it moved, say where to, once: medcl train --resume " + run +
                                  " --set dataset=NEW_PLACE"});
}

RunOptions options_for_resume(const Arguments& arguments) {
  require_run_folder(arguments.resume);
  RunOptions options = options_of_run(arguments.resume, settings_of(arguments));
  refuse_what_a_run_keeps(arguments, options);
  require_dataset(options, arguments.resume);
  settle_options(options);
  return options;
}

TrainingHooks hooks_for_terminal(std::unique_ptr<Progress>& line, const Dataset& dataset,
                                 const RunOptions& options) {
  TrainingHooks hooks;
  hooks.on_prepare = [&line](std::int64_t done, std::int64_t total) {
    if (remembered_signal() != 0) {
      fail(ErrorCode::kInterrupted, {.what = "stopped before the first step"});
    }
    if (!line) {
      line = std::make_unique<Progress>(total, "preparing", "case");
    }
    line->update(done);
    if (done == total) {
      line.reset();
    }
  };
  hooks.on_note = note;
  hooks.on_start = [&dataset, &options] { print_assumptions(dataset, options); };
  hooks.on_step = [&line](const StepReport& report, const StepProgress& progress) {
    if (!line) {
      line = std::make_unique<Progress>(progress.planned_steps, "training", "step");
    }
    line->set_total(progress.planned_steps);
    line->update(report.step, loss_text(report, progress));
  };
  hooks.on_validation = print_validation;
  hooks.stop_requested = [] { return remembered_signal() != 0; };
  return hooks;
}

void run_train(const Arguments& arguments, Program& program) {
  const bool resume = !arguments.resume.empty();
  const RunOptions options =
      resume ? options_for_resume(arguments) : options_for_new_run(arguments);
  const fs::path run = resume ? arguments.resume : arguments.run;
  const fs::path cache = arguments.cache.empty() ? run / "prepared" : fs::path(arguments.cache);
  const Dataset dataset = read_dataset(options.dataset);
  remember_signals();
  require_apart(run, options.dataset, "--output");
  require_apart(cache, options.dataset, "--cache");
  std::unique_ptr<Progress> line;
  TrainingResult result;
  try {
    result = train(dataset, options, run, cache,
                   {.resume = resume, .accept_changes = arguments.accept_changes},
                   hooks_for_terminal(line, dataset, options));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted) throw;
    line.reset();
    print_unstarted(run);
    program.exit_code = 128 + remembered_signal();
    return;
  }
  line.reset();
  if (result.ending == Ending::kInterrupted) {
    print_interrupted(result, run);
    program.exit_code = 128 + remembered_signal();
    return;
  }
  print_result(result, run, options);
}

}  // namespace

void add_train(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = program.app.add_subcommand("train", "Train a model from scribbles");
  verb->add_option("dataset", arguments->dataset, "Folder of the dataset");
  verb->add_option("-o,--output", arguments->run, "Run folder to create");
  verb->add_option("--preset", arguments->preset, "Options to start from")
      ->check(CLI::IsMember(preset_names()));
  verb->add_option("--config", arguments->config, "TOML file, applied over the preset");
  add_short_flags(*verb, *arguments);
  verb->add_option("--cache", arguments->cache, "Folder of prepared cases (default: in the run)");
  verb->add_option("--set", arguments->settings, "Any setting of the configuration")
      ->type_name("KEY=VALUE");
  verb->add_option("--resume", arguments->resume, "Run folder to go on with");
  verb->add_flag("--accept-changes", arguments->accept_changes,
                 "With --resume: go on although the data changed; earlier scores do not count");
  verb->footer(
      "Examples:\n"
      "  medcl train data/mscmr -o runs/a --preset laptop --scribbled subject13\n"
      "  medcl train --resume runs/a\n"
      "  medcl train --resume runs/a --time 2h   (a later end, counted from the start)\n"
      "  medcl train data/mscmr -o runs/b --preset laptop --method pce --seed 2\n"
      "All options: docs/reference/configuration.md, or config.toml in a run folder.");
  verb->callback([arguments, &program] { run_train(*arguments, program); });
}

}  // namespace medcl
