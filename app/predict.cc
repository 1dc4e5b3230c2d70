// SPDX-License-Identifier: Apache-2.0
// medcl predict: label maps for files, folders and DICOM series, each on the grid of its image.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/option_flags.h"
#include "app/predict_inputs.h"
#include "app/predict_jobs.h"
#include "app/predict_record.h"
#include "app/predict_summary.h"
#include "app/progress.h"
#include "app/read_flags.h"
#include "app/signals.h"
#include "medcl/core/error.h"
#include "medcl/core/memory.h"
#include "medcl/core/threads.h"
#include "medcl/format/json_text.h"
#include "medcl/image/class_labels.h"
#include "medcl/image/class_volumes.h"
#include "medcl/inference/ensemble.h"
#include "medcl/model/network_threads.h"
#include "medcl/run/fold_list.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

std::vector<std::int32_t> values_of(const LabelMap& labels) {
  std::vector<std::int32_t> values;
  for (const LabelClass& one : labels.classes) values.push_back(one.value);
  return values;
}

void predict_job(PredictJob& job, Ensemble& models, const PredictArguments& arguments,
                 const OutputGuard& guard, const SliceProgress& progress) {
  const ModelCard& card = models.card();
  auto loaded = load(job, card, arguments);
  const SourceHeader like = loaded.front().source;
  std::vector<Image> channels;
  for (auto& channel : loaded) channels.push_back(std::move(channel.volume));
  try {
    const ClassPrediction prediction =
        predict_classes(models.voters(), card, channels, arguments.options, arguments.probabilities,
                        progress, job.boxes ? &*job.boxes : nullptr);
    for (std::size_t c = 0; c < job.probabilities.size(); ++c) {
      guard.write(job.probabilities[c], [&](const fs::path& draft) {
        write_image(draft, prediction.probabilities[c], like);
      });
    }
    guard.write(job.labels, [&](const fs::path& draft) {
      write_labels(draft, prediction.classes, values_of(card.labels), like);
    });
    job.volumes_ml = class_volumes_ml(prediction.classes.voxels, prediction.classes.geometry,
                                      card.labels.classes.size());
    job.volumes_ml.erase(job.volumes_ml.begin());
  } catch (const Error& error) {
    throw Error(error.code(), "case " + job.input.id + ": " + error.what());
  }
}

/// Predicts every job that is not done, and writes the record before the first and after each, so
/// that a start after an interruption knows what is finished. `record`: that of an earlier start,
/// or null; afterwards that of this one. Returns the seconds it took.
double predict_all(std::vector<PredictJob>& jobs, Ensemble& models,
                   const PredictArguments& arguments, OutputGuard& guard, std::int64_t slices,
                   Json& record) {
  const Json earlier = record;
  const auto start = std::chrono::steady_clock::now();
  const auto seconds_passed = [start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto keep_record = [&] {
    record = record_of(jobs, models, arguments, seconds_passed());
    continue_record(earlier, record);
    if (predicts_one_file(arguments)) return;
    guard.write(record_path(arguments), [&](const fs::path& draft) { write_json(draft, record); });
    guard.allow_replacing(record_path(arguments));
  };
  keep_record();
  Progress line(slices, "predicting", "slice");
  std::int64_t before = 0;
  for (PredictJob& job : jobs) {
    if (job.done) continue;
    std::int64_t inside = 0;
    predict_job(job, models, arguments, guard, [&](std::int64_t done, std::int64_t) {
      stop_if_asked();
      inside = done;
      line.update(before + done, job.input.id);
    });
    job.done = true;
    keep_record();
    before += inside;
  }
  line.finish();
  return seconds_passed();
}

/// A start that failed before its first case leaves no record that would stop the next one.
void remove_empty_record(const std::vector<PredictJob>& jobs, const PredictArguments& arguments,
                         const Json& earlier) {
  const bool any_done = std::ranges::any_of(jobs, [](const PredictJob& job) { return job.done; });
  if (any_done || !earlier.is_null() || predicts_one_file(arguments)) return;
  std::error_code unknown;
  fs::remove(record_path(arguments), unknown);
}

/// The models, each where it predicts, with the words that were given.
Ensemble models_of(const PredictArguments& arguments) {
  std::vector<fs::path> places;
  for (const std::string& model : arguments.models) {
    const std::vector<fs::path> more = model_places(model);
    places.insert(places.end(), more.begin(), more.end());
  }
  const auto settle = [&arguments](LoadedModel& model) {
    ask_in_words(model, arguments.words);
    move_for_prediction(*model.network, arguments.options);
  };
  return {places, settle, available_memory_bytes().value_or(INT64_MAX)};
}

void run_predict(const PredictArguments& arguments) {
  remember_signals();
  const LibtorchThreads libtorch(threads_or_all(arguments.threads));
  if (arguments.options.box_is_given() && arguments.options.box_from.empty()) {
    fail(ErrorCode::kUsage,
         {"it is not said where the boxes are", "--box-from",
          arguments.options.box == BoxKind::kFile ? "a JSON file" : "a folder of labels", "", ""});
  }
  Ensemble models = models_of(arguments);
  const ModelCard& card = models.card();
  OutputGuard guard(arguments.force,
                    "use --continue to go on with what an earlier start left, or --force to "
                    "replace it");
  const Json earlier = earlier_record(arguments);
  std::vector<PredictJob> jobs = plan_predict_jobs(arguments, card);
  claim_outputs(jobs, arguments, earlier, guard);
  warn_of_flips(card, arguments.options);
  const NetworkThreads threads(models.network(0),
                               type_of(settled_precision(arguments.options.precision, torch::kCPU)),
                               threads_or_all(arguments.threads));
  const std::int64_t slices = examine_inputs(jobs, card, arguments);
  Json record = earlier;
  double seconds = 0;
  try {
    seconds = predict_all(jobs, models, arguments, guard, slices, record);
  } catch (...) {
    remove_empty_record(jobs, arguments, earlier);
    throw;
  }
  if (arguments.json) {
    std::printf("%s\n", json_text(record, 2).c_str());
  } else {
    print_predict_summary(record, card, arguments, slices, seconds);
  }
}

}  // namespace

void add_predict(Program& program) {
  auto arguments = std::make_shared<PredictArguments>();
  auto table = std::make_shared<OptionTable>();
  arguments->options.describe(table->scope("predict"));
  CLI::App* verb = program.app.add_subcommand("predict", "Segment images with a trained model");
  verb->add_option("-m,--model", arguments->models,
                   "Model or run folder; of a run of folds, and of several -m, the mean of all "
                   "models counts")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("inputs", arguments->inputs,
                   "Images, a folder of images (case_0000.nii.gz ...), or DICOM folders")
      ->required();
  verb->add_option("-o,--output", arguments->output, "Folder for the label files, or one file")
      ->required();
  verb->add_flag("--probabilities", arguments->probabilities,
                 "Also write one probability image per class");
  verb->add_flag(
          "--largest-component{each}", arguments->options.largest_component,
          "Instead of the model's own rule: keep only the largest connected component of each "
          "class; =together: of all classes together; =both: together, then of each; =none: all")
      ->check(CLI::IsMember(component_rules()));
  verb->add_flag_callback(
          "--no-postprocess", [arguments] { arguments->options.largest_component = "none"; },
          "Keep every component, whatever rule the model was validated with")
      ->excludes("--largest-component");
  verb->add_flag(
      "--flips", arguments->options.flips,
      "Average over all mirror images: four of a slice, eight of a volume (as many times "
      "slower)");
  verb->add_option("--assume", arguments->read.assume,
                   "Matrix to trust when the header contradicts itself")
      ->check(CLI::IsMember({"sform", "qform", "spacing"}));
  add_spacing(*verb, arguments->spacing_mm);
  add_series(*verb, arguments->read.series, arguments->read.merge_series);
  verb->add_option("--text", arguments->words.text, "Other words for a class of a SAM")
      ->type_name("CLASS=WORDS");
  verb->add_option("--clip", arguments->words.clip,
                   "CLIP weights that the SAM was trained with, for --text");
  verb->add_option("--merges", arguments->words.merges,
                   "CLIP's bpe_simple_vocab_16e6.txt.gz, for --text");
  verb->add_option("--threads", arguments->threads, "Compute threads (default: all cores)")
      ->check(CLI::Range(0, kMostThreads));
  verb->add_flag("--force", arguments->force, "Replace existing outputs");
  verb->add_flag("--continue", arguments->go_on,
                 "Go on after an interruption: finished outputs stay as they are");
  verb->add_flag("--json", arguments->json, "Print what was done as JSON");
  for (const char* name : {"predict.batch", "predict.device", "predict.precision",
                           "predict.box"}) {  // and predict.box_from, box_margin, box_shift_px
    add_flags(*verb, table, name, std::string(name).substr(8));
  }
  verb->footer(
      "Examples:\n"
      "  medcl predict -m runs/a scan.nii.gz -o scan_labels.nii.gz\n"
      "  medcl predict -m runs/a data/imagesTs -o predictions --probabilities\n"
      "  medcl predict -m runs/a scan.nii.gz -o labels.nii.gz --largest-component=both\n"
      "  medcl predict -m runs/folds -m runs/a scan.nii.gz -o scan_labels.nii.gz\n"
      "  medcl predict -m runs/sam scan.nii.gz -o labels.nii.gz --box first_pass");
  verb->callback([arguments] {
    arguments->read.spacing_mm = spacing_of(arguments->spacing_mm);
    try {
      run_predict(*arguments);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInterrupted) throw;
      throw Error(error.code(), std::string(error.what()) +
                                    "; to go on, run the same command with --continue added");
    }
  });
}

}  // namespace medcl
