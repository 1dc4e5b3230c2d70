// SPDX-License-Identifier: Apache-2.0
#include "app/predict_record.h"

#include "medcl/inference/postprocess.h"

namespace medcl {

namespace fs = std::filesystem;

Json record_of(const std::vector<PredictJob>& jobs, const LoadedModel& model,
               const PredictArguments& arguments, double seconds) {
  Json record;
  record["model"] = fs::absolute(model.folder).lexically_normal().string();
  record["method"] = model.card.method;
  record["labels"] = model.card.labels.to_json();
  record["postprocessing"] = postprocessing_text(arguments.options);
  const std::string box = box_source_text(*model.network, arguments.options);
  if (!box.empty()) record["box"] = box;
  if (!arguments.words.text.empty()) record["text"] = arguments.words.text;
  record["seconds"] = seconds;
  for (const PredictJob& job : jobs) {
    Json files = Json::array();
    for (const fs::path& file : job.input.files) files.push_back(file.string());
    record["cases"].push_back(
        {{"id", job.input.id}, {"images", files}, {"labels", job.labels.string()}});
  }
  return record;
}

}  // namespace medcl
