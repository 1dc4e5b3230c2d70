// SPDX-License-Identifier: Apache-2.0
#include "app/predict_jobs.h"

#include <utility>

#include "medcl/core/error.h"

namespace medcl {

namespace fs = std::filesystem;

bool predicts_one_file(const PredictArguments& arguments) {
  return !split_image_name(arguments.output).ending.empty();
}

std::vector<PredictJob> plan_predict_jobs(const PredictArguments& arguments,
                                          std::int64_t channels) {
  const std::vector<fs::path> inputs(arguments.inputs.begin(), arguments.inputs.end());
  const bool one_file = predicts_one_file(arguments);
  if (one_file) (void)writable_ending(arguments.output);  // refuses before anything is computed
  std::vector<PredictJob> jobs;
  for (CaseInput& input : find_case_inputs(inputs, channels)) {
    const fs::path labels = one_file ? fs::path(arguments.output)
                                     : fs::path(arguments.output) / (input.id + input.ending);
    if (!arguments.force && fs::exists(labels)) {
      fail(ErrorCode::kUsage,
           {"the output exists already", labels.string(), "", "", "use --force to replace it"});
    }
    jobs.push_back({std::move(input), labels, std::nullopt});
  }
  if (one_file && jobs.size() > 1) {
    fail(ErrorCode::kUsage, {"one output file for several cases", "--output", "a folder",
                             std::to_string(jobs.size()) + " cases", ""});
  }
  return jobs;
}

std::vector<Loaded<float>> load(const PredictJob& job, const ModelCard& card,
                                const PredictArguments& arguments) {
  return load_case_input(job.input, static_cast<std::int64_t>(card.channel_names.size()),
                         arguments.read);
}

}  // namespace medcl
