// SPDX-License-Identifier: Apache-2.0
#include "app/train_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "app/console.h"
#include "app/progress.h"
#include "medcl/core/input_file.h"
#include "medcl/core/shell_word.h"
#include "medcl/dataset/dataset.h"
#include "medcl/image/picture.h"
#include "medcl/model/model_file.h"
#include "medcl/report/table.h"
#include "medcl/task/slices.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::string resume_line(const fs::path& run, const std::string& verb = "train") {
  return "medcl " + verb + " --resume " + shell_word(run.string());
}

std::string minutes(double seconds) {
  return std::to_string(static_cast<std::int64_t>(std::ceil(seconds / 60))) + "m";
}

/// The end that lets a run that is over go on: what is missing of the plan at the pace so far, else
/// as much again.
std::string later_end(const TrainingResult& result, const RunOptions& options) {
  const std::int64_t planned = options.train.steps;
  switch (result.ending) {
    case Ending::kTimeUp: {
      const double missing = planned > result.steps && result.steps > 0
                                 ? static_cast<double>(planned) / static_cast<double>(result.steps)
                                 : 2.0;
      return " --time " + minutes(1.1 * missing * std::max(result.elapsed_s, 60.0));
    }
    case Ending::kNoGain:
      return " --patience " + std::to_string(2 * options.train.patience);
    default:
      return " --steps " + std::to_string(2 * std::max<std::int64_t>(result.steps, 1));
  }
}

void warn_of_short_run(const TrainingResult& result, const fs::path& run,
                       const RunOptions& options) {
  if (result.cut_short.empty()) return;
  std::fflush(stdout);
  warn("this model has not learned what it could: " + result.cut_short + ".");
  warn("go on with:\n  " + resume_line(run) + later_end(result, options));
}

void print_nothing_left(const TrainingResult& result, const fs::path& run,
                        const RunOptions& options) {
  std::printf("nothing was left to do: %s after %lld steps and %s. A later end goes on:\n  %s%s\n",
              ending_text(result.ending).c_str(), static_cast<long long>(result.steps),
              duration_text(result.elapsed_s).c_str(), resume_line(run).c_str(),
              later_end(result, options).c_str());
}

}  // namespace

std::string loss_text(const StepReport& report, const StepProgress& progress) {
  char text[96];
  std::snprintf(text, sizeof text, "loss %.3f, %.1f images/s, epoch %lld", report.total,
                progress.images_per_second, static_cast<long long>(progress.epoch));
  return text;
}

void print_validation(const Judgement& judgement, std::int64_t step, bool improved) {
  std::string line = "step " + std::to_string(step) + ": validation " + judgement.measure + " " +
                     number_text(judgement.score, 3);
  for (const auto& [name, part] : judgement.parts) line += " " + name + " " + number_text(part, 3);
  note(line + (improved ? " (best so far)" : ""));
}

void print_result(const TrainingResult& result, const fs::path& run, const RunOptions& options) {
  if (result.ending != Ending::kInterrupted && result.steps == result.first_step &&
      result.steps > 0) {
    print_nothing_left(result, run, options);
  } else {
    std::printf("%lld steps in %s (%s)\n", static_cast<long long>(result.steps),
                duration_text(result.elapsed_s).c_str(), ending_text(result.ending).c_str());
  }
  if (result.best_score >= 0) {
    std::printf("best validation %s %.4f at step %lld\n", result.measure.c_str(), result.best_score,
                static_cast<long long>(result.best_step));
  } else {
    std::printf("no validation cases: the last weights are the model\n");
    warn(
        "nothing measured how good this model is. Look at its predictions (medcl report); an "
        "estimate without masks: medcl train " +
        shell_word(options.dataset) +
        " -o NEW_RUN --folds 5, then medcl estimate NEW_RUN; a measurement: some cases with dense "
        "masks as validation (medcl split)");
  }
  if (is_there(run / "best")) {
    std::printf("largest component: %s\n", load_card(run / "best").components.text().c_str());
  }
  warn_of_short_run(result, run, options);
  std::printf("model: %s\nnext: medcl predict -m %s %s -o predictions\n", (run / "best").c_str(),
              shell_word(run.string()).c_str(), what_to_predict(options.dataset).c_str());
}

std::string what_to_predict(const fs::path& dataset) {
  const fs::path test_images = dataset / "imagesTs";
  if (is_there(test_images)) return shell_word(test_images.string());
  const std::string ending = read_dataset(dataset).file_ending;
  return (is_picture_path("x" + ending) ? "PICTURE" : "SCAN") + ending;
}

void print_unstarted(const std::string& verb, const fs::path& run) {
  const bool is_run = is_there(run / "config.toml");
  std::cerr << "stopped before the first step; "
            << (is_run ? "go on with:\n  " + resume_line(run, verb) : "run the same command again")
            << "\n";
}

void print_interrupted(const std::string& verb, const TrainingResult& result, const fs::path& run) {
  std::cerr << "stopped after step " << result.steps << "; everything is saved. Go on with:\n  "
            << resume_line(run, verb) << "\n";
}

}  // namespace medcl
