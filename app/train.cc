// SPDX-License-Identifier: Apache-2.0
// medcl train: MedCL or a comparison method, from a preset; resumes; Ctrl-C saves.

#include <array>
#include <cstdio>
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/console.h"
#include "app/progress.h"
#include "app/signals.h"
#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/training/loop.h"
#include "medcl/training/slices.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// A flag that is a setting by another name.
struct ShortFlag {
  const char* flag;
  const char* key;
  const char* help;
};

constexpr std::array kShortFlags{
    ShortFlag{"--method", "method.name", "medcl, pce or zero_shot"},
    ShortFlag{"--backbone", "network.backbone", "unet, unet_valid or sam"},
    ShortFlag{"--time", "train.time_s", "Time budget, such as 30m"},
    ShortFlag{"--steps", "train.steps", "Optimiser steps"},
    ShortFlag{"--epochs", "train.epochs", "Epochs"},
    ShortFlag{"--patience", "train.patience", "Stop after this many validations without gain"},
    ShortFlag{"--seed", "train.seed", "Seed of every random draw"},
    ShortFlag{"--scribbled", "train.scribbled",
              "Cases whose scribbles are used, comma separated; the others are unlabelled"},
    ShortFlag{"--unlabelled", "sampler.unlabelled", "categories, images or none"},
    ShortFlag{"--device", "train.device", "cpu or cuda"},
    ShortFlag{"--precision", "train.precision", "auto, fp32 or bf16"},
    ShortFlag{"--threads", "train.threads", "Compute threads"},
    ShortFlag{"--workers", "train.workers", "Threads that make batches"},
};

struct Arguments {
  std::string dataset, run, preset, config, cache, resume;
  std::array<std::string, kShortFlags.size()> short_flags;
  std::vector<std::string> settings;
};

std::vector<std::string> settings_of(const Arguments& arguments) {
  std::vector<std::string> settings;
  for (std::size_t n = 0; n < kShortFlags.size(); ++n) {
    std::string value = arguments.short_flags[n];
    if (value.empty()) continue;
    const std::string key = kShortFlags[n].key;
    if (key == "train.time_s") value = std::to_string(parse_duration_s(value));
    settings.push_back(key + "=" + value);
  }
  settings.insert(settings.end(), arguments.settings.begin(), arguments.settings.end());
  return settings;
}

RunOptions options_for_new_run(const Arguments& arguments) {
  if (arguments.dataset.empty() || arguments.run.empty()) {
    fail(ErrorCode::kUsage, {.what = "a dataset and a run folder are needed",
                             .where = "DATASET",
                             .expected = "medcl train DATASET -o RUN --preset laptop"});
  }
  RunOptions options = resolve_options(arguments.preset, arguments.config, settings_of(arguments));
  options.dataset = fs::absolute(arguments.dataset).lexically_normal().string();
  settle_options(options);
  return options;
}

RunOptions options_of_run(const Arguments& arguments) {
  const fs::path config = fs::path(arguments.resume) / "config.toml";
  if (!is_there(config)) {
    fail(ErrorCode::kIo, {.what = "not a run folder",
                          .where = arguments.resume,
                          .expected = "config.toml of an earlier `medcl train`"});
  }
  RunOptions options = resolve_options("", config, settings_of(arguments));
  if (options.dataset.empty()) {
    fail(ErrorCode::kIo, {.what = "holds no run: it does not name the dataset",
                          .where = config.string(),
                          .expected = "the file as `medcl train` wrote it",
                          .remedy = "restore it, or start a new run in another folder"});
  }
  settle_options(options);
  return options;
}

std::string loss_text(const StepReport& report, const StepProgress& progress) {
  char text[96];
  std::snprintf(text, sizeof text, "loss %.3f, %.1f images/s, epoch %lld", report.total,
                progress.images_per_second, static_cast<long long>(progress.epoch));
  return text;
}

void print_validation(const ValidationResult& result, bool improved) {
  std::fprintf(stderr, "step %lld: validation Dice %.3f", static_cast<long long>(result.step),
               result.mean);
  for (const auto& [name, dice] : result.dice) {
    std::fprintf(stderr, " %s %.3f", name.c_str(), dice);
  }
  std::fprintf(stderr, "%s\n", improved ? " (best so far)" : "");
}

/// What the run learns from, and what the presets take for granted and data may contradict.
void print_assumptions(const Dataset& dataset, const RunOptions& options) {
  note(case_counts(dataset, options.train));
  if (options.prepare.reach_mm > 0) {
    std::fprintf(stderr,
                 "pixels farther than %g mm from every stroke of a class count as background "
                 "(--set prepare.reach_mm=0: they count as unknown)\n",
                 options.prepare.reach_mm);
  }
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
  hooks.on_validation = [&line](const ValidationResult& result, bool improved) {
    if (line) {
      line->interrupt();
    }
    print_validation(result, improved);
  };
  hooks.stop_requested = [] { return remembered_signal() != 0; };
  return hooks;
}

void print_result(const TrainingResult& result, const fs::path& run, const RunOptions& options) {
  const char* reasons[] = {"plan done", "time is up", "no gain in validation", "interrupted"};
  std::printf("%lld steps in %s (%s)\n", static_cast<long long>(result.steps),
              duration_text(result.elapsed_s).c_str(), reasons[static_cast<int>(result.ending)]);
  if (result.best_score >= 0) {
    std::printf("best validation Dice %.4f at step %lld\n", result.best_score,
                static_cast<long long>(result.best_step));
  } else {
    std::printf("no validation cases: the last weights are the model\n");
  }
  const fs::path test_images = fs::path(options.dataset) / "imagesTs";
  std::printf("model: %s\nnext: medcl predict -m %s %s -o predictions\n", (run / "best").c_str(),
              run.c_str(), fs::exists(test_images) ? test_images.c_str() : "SCAN.nii.gz");
}

/// For a stop while cases are prepared. Those that are done are kept when the run folder is.
void print_unstarted(const fs::path& run) {
  const bool is_run = is_there(run / "config.toml");
  std::cerr << "stopped before the first step; "
            << (is_run ? "go on with:\n  medcl train --resume " + run.string()
                       : "run the same command again")
            << "\n";
}

void run_train(const Arguments& arguments, Program& program) {
  const bool resume = !arguments.resume.empty();
  const RunOptions options = resume ? options_of_run(arguments) : options_for_new_run(arguments);
  const fs::path run = resume ? arguments.resume : arguments.run;
  const fs::path cache = arguments.cache.empty() ? run / "prepared" : fs::path(arguments.cache);
  const Dataset dataset = read_dataset(options.dataset);
  remember_signals();
  std::unique_ptr<Progress> line;
  TrainingResult result;
  try {
    result =
        train(dataset, options, run, cache, resume, hooks_for_terminal(line, dataset, options));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInterrupted) throw;
    line.reset();
    print_unstarted(run);
    program.exit_code = 128 + remembered_signal();
    return;
  }
  line.reset();
  if (result.ending == Ending::kInterrupted) {
    std::cerr << "stopped after step " << result.steps
              << "; everything is saved. Go on with:\n  medcl train --resume " << run.string()
              << "\n";
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
  verb->add_option("--preset", arguments->preset, "paper, laptop, phantom or sam-phantom");
  verb->add_option("--config", arguments->config, "TOML file, applied over the preset");
  for (std::size_t n = 0; n < kShortFlags.size(); ++n) {
    verb->add_option(kShortFlags[n].flag, arguments->short_flags[n], kShortFlags[n].help);
  }
  verb->add_option("--cache", arguments->cache, "Folder of prepared cases (default: in the run)");
  verb->add_option("--set", arguments->settings, "Any option: key=value (may be repeated)");
  verb->add_option("--resume", arguments->resume, "Run folder to go on with");
  verb->footer(
      "Examples:\n"
      "  medcl train data/mscmr -o runs/a --preset laptop --scribbled "
      "subject13,subject14,subject15\n"
      "  medcl train --resume runs/a\n"
      "  medcl train data/mscmr -o runs/b --preset laptop --method pce --time 30m --seed 2\n"
      "All options: docs/reference/configuration.md, or config.toml in any run folder.");
  verb->callback([arguments, &program] { run_train(*arguments, program); });
}

}  // namespace medcl
