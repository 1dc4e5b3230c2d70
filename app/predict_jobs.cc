// SPDX-License-Identifier: Apache-2.0
#include "app/predict_jobs.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/inputs.h"
#include "app/predict_record.h"
#include "medcl/core/error.h"
#include "medcl/core/file_kind.h"
#include "medcl/core/log.h"
#include "medcl/run/fold_list.h"

namespace medcl {

namespace fs = std::filesystem;

namespace {

/// The name of a class as a part of a file name: a slash is written as %2F.
std::string file_name_part(const std::string& name) {
  std::string text;
  for (const char letter : name) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter != '/' && letter != '%' && code >= 32 && code != 127) {
      text += letter;
      continue;
    }
    char escaped[16];
    std::snprintf(escaped, sizeof escaped, "%%%02X", code);
    text += escaped;
  }
  return text;
}

std::vector<fs::path> probability_files(const fs::path& labels, const CaseInput& input,
                                        const ModelCard& card) {
  std::vector<fs::path> files;
  for (const LabelClass& one : card.labels.classes) {
    const std::string name = input.id + "_" + file_name_part(one.name) + input.ending;
    files.push_back(labels.parent_path() / "probabilities" / name);
  }
  return files;
}

std::vector<fs::path> outputs_of(const PredictJob& job) {
  std::vector<fs::path> outputs = job.probabilities;
  outputs.push_back(job.labels);
  return outputs;
}

}  // namespace

bool predicts_one_file(const PredictArguments& arguments) {
  return !split_image_name(arguments.output).ending.empty();
}

fs::path record_path(const PredictArguments& arguments) {
  return fs::path(arguments.output) / "prediction.json";
}

std::vector<PredictJob> plan_predict_jobs(const PredictArguments& arguments,
                                          const ModelCard& card) {
  const std::vector<fs::path> inputs(arguments.inputs.begin(), arguments.inputs.end());
  const bool one_file = predicts_one_file(arguments);
  if (one_file) (void)writable_ending(arguments.output);  // refuses before anything is computed
  std::vector<PredictJob> jobs;
  for (CaseInput& input : find_case_inputs(inputs, card.channel_names)) {
    PredictJob job;
    job.labels = one_file ? fs::path(arguments.output)
                          : fs::path(arguments.output) / (input.id + input.ending);
    if (arguments.probabilities) job.probabilities = probability_files(job.labels, input, card);
    job.input = std::move(input);
    jobs.push_back(std::move(job));
  }
  if (one_file && jobs.size() > 1) {
    fail(ErrorCode::kUsage, {"one output file for several cases", "--output", "a folder",
                             std::to_string(jobs.size()) + " cases", ""});
  }
  return jobs;
}

void claim_outputs(std::vector<PredictJob>& jobs, const PredictArguments& arguments,
                   const Json& earlier, OutputGuard& guard) {
  require_named(arguments.output, "--output");
  for (const std::string& model : arguments.models) {
    for (const fs::path& place : model_places(model)) add_model(place, guard);
  }
  for (const std::string& input : arguments.inputs) {
    std::error_code unknown;
    const bool same = !predicts_one_file(arguments) && fs::is_directory(input, unknown) &&
                      lies_in(arguments.output, input) && lies_in(input, arguments.output);
    if (!same) continue;
    fail(ErrorCode::kUsage,
         {.what = "the output is the input itself, a folder of scans",
          .where = "--output " + arguments.output,
          .expected = "a folder of its own",
          .found = {},
          .remedy = "choose another output; label files beside their scans would "
                    "be taken for scans"});
  }
  for (const std::string& file : {arguments.words.clip, arguments.words.merges}) {
    if (!file.empty()) guard.add_input(file);
  }
  for (const PredictJob& job : jobs) {
    for (const fs::path& file : job.input.files) guard.add_input(file);
    if (arguments.options.box == BoxKind::kReference) {
      guard.add_input(fs::path(arguments.options.box_from) / (job.input.id + job.input.ending));
    }
  }
  if (arguments.options.box == BoxKind::kFile) guard.add_input(arguments.options.box_from);
  std::size_t unrecorded = 0;
  for (PredictJob& job : jobs) {
    const std::vector<fs::path> outputs = outputs_of(job);
    const bool there = std::all_of(outputs.begin(), outputs.end(), [](const fs::path& file) {
      return file_status(file).kind == FileKind::kFile;
    });
    const bool recorded = lists(earlier, "cases", job.input.id);
    if (arguments.go_on && recorded) job.image_hashes = image_hashes(job.input);
    const bool same = !recorded || shows_the_same_images(earlier, job);
    if (!same) {
      log(LogLevel::kWarning,
          "case " + job.input.id + ": its image is another one than before; it is predicted anew");
    }
    job.done =
        arguments.go_on && there && same && ((earlier.is_null() && !arguments.force) || recorded);
    if (job.done && earlier.is_null()) ++unrecorded;
    const bool ours = job.done || recorded || lists(earlier, "unfinished", job.input.id);
    for (const fs::path& output : outputs) {
      if (arguments.go_on && ours) guard.allow_replacing(output);
      guard.require_file(output);
    }
  }
  if (unrecorded > 0) {
    log(LogLevel::kWarning, std::to_string(unrecorded) +
                                " outputs that are there already stay as they are; nothing says "
                                "that this model made them");
  }
  if (predicts_one_file(arguments)) {
    require_own_file(arguments.output, "--output");
    return;
  }
  require_own_folder(arguments.output, "--output");
  if (!earlier.is_null()) guard.allow_replacing(record_path(arguments));
  guard.require_file(record_path(arguments));
}

std::vector<Loaded<float>> load(const PredictJob& job, const ModelCard& card,
                                const PredictArguments& arguments) {
  return load_case_input(job.input, static_cast<std::int64_t>(card.channel_names.size()),
                         arguments.read);
}

}  // namespace medcl
