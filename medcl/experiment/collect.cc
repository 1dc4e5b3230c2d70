// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/collect.h"

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/format/json_text.h"
#include "medcl/report/history.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

PredictionResult scores_of(const fs::path& place, const std::string& prediction,
                           std::size_t cases) {
  const fs::path file = scores_file(place, prediction);
  PredictionResult result{.summary = read_summary(file)};
  if (result.summary.cases.size() != cases) {
    fail(ErrorCode::kInvalidData, {.what = "other cases were scored than were to be",
                                   .where = file.string(),
                                   .expected = std::to_string(cases),
                                   .found = std::to_string(result.summary.cases.size())});
  }
  const fs::path record = predictions_place(place, prediction) / "prediction.json";
  const Json json = read_json(record);
  reading_json("not the record of a prediction", record.string(), [&] {
    result.postprocessing = json.at("postprocessing").get<std::string>();
    result.seconds = json.at("seconds").get<double>();
  });
  return result;
}

/// model.json without what is long and without the hash, which is of the whole.
Json model_of(const fs::path& file) {
  Json model = read_json(file);
  model.erase("card_sha256");
  if (model.contains("training") && model["training"].is_object()) {
    model["training"].erase("images");
    model["training"].erase("split");
  }
  return model;
}

/// What seconds of the log are multiplied with: those of the calibration over those it took.
double pace_of(const Experiment& experiment, const GridRun& run, const History& history) {
  const bool has_steps_for_minutes = experiment.minutes > 0 && run.steps > 0;
  if (!has_steps_for_minutes || history.seconds <= 0) return 1;
  const double share = static_cast<double>(history.steps) / static_cast<double>(run.steps);
  return 60 * experiment.minutes * share / history.seconds;
}

}  // namespace

RunResult collect_result(const fs::path& run_place, const Experiment& experiment,
                         const GridRun& run, std::size_t cases) {
  const fs::path train = run_place / "train";
  RunResult result;
  const fs::path log = train / "metrics.jsonl";
  const History history = is_there(log) ? read_history(log) : History{};  // untrained: none
  result.steps = history.steps;
  const double pace = pace_of(experiment, run, history);
  result.train_seconds = pace * history.seconds;
  for (std::size_t i = 0; i < history.course.x.size(); ++i) {
    result.course.emplace_back(pace * history.course.x[i], history.course.y[i]);
  }
  result.model = model_of(train / "best" / "model.json");
  const std::vector<std::uint8_t> config = read_file(train / "config.toml");
  result.config.assign(config.begin(), config.end());
  for (const std::string& prediction : experiment.predictions) {
    result.scores[prediction] = scores_of(run_place, prediction, cases);
  }
  return result;
}

}  // namespace medcl
