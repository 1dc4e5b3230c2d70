// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/store.h"

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/input_file.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

Json scores_json(const RunResult& result) {
  Json scores = Json::object();
  for (const auto& [name, one] : result.scores) {
    scores[name] = {{"postprocessing", one.postprocessing},
                    {"seconds", one.seconds},
                    {"summary", to_json(one.summary)}};
  }
  return scores;
}

Json json_of(const RunResult& result) {
  Json course = Json::array();
  for (const auto& [minutes, dice] : result.course) course.push_back({minutes, dice});
  return {{"format", kResultFormat},
          {"version", 1},
          {"id", result.id},
          {"dataset", result.dataset},
          {"data", result.data},
          {"method", result.method},
          {"switch", result.choice},
          {"scribbles", result.scribbles},
          {"draw", result.draw},
          {"seed", result.seed},
          {"failure", result.failure},
          {"seconds", result.seconds},
          {"steps", result.steps},
          {"train_seconds", result.train_seconds},
          {"scribbled", result.scribbled},
          {"course", course},
          {"scores", scores_json(result)},
          {"model", result.model},
          {"config", result.config}};
}

RunResult result_of(const Json& json, const std::string& where) {
  RunResult result{.id = json.at("id"),
                   .dataset = json.at("dataset"),
                   .method = json.at("method"),
                   .choice = json.at("switch"),
                   .data = json.value("data", ""),
                   .scribbles = json.at("scribbles"),
                   .draw = json.at("draw"),
                   .seed = json.at("seed"),
                   .failure = json.at("failure"),
                   .seconds = json.at("seconds"),
                   .steps = json.at("steps"),
                   .train_seconds = json.at("train_seconds"),
                   .scribbled = json.at("scribbled"),
                   .model = json.at("model"),
                   .config = json.at("config")};
  for (const Json& point : json.at("course")) {
    result.course.emplace_back(point.at(0).get<double>(), point.at(1).get<double>());
  }
  for (const auto& [name, one] : json.at("scores").items()) {
    result.scores[name] = {summary_from_json(one.at("summary"), where), one.at("postprocessing"),
                           one.at("seconds")};
  }
  return result;
}

}  // namespace

fs::path ResultStore::file_of(const std::string& id) const { return folder_ / (id + ".json"); }

bool ResultStore::contains(const std::string& id) const { return is_there(file_of(id)); }

RunResult ResultStore::read(const std::string& id) const {
  const fs::path path = file_of(id);
  const Json json = read_json(path);
  const std::string what = "not the result of a run of medcl experiment";
  return reading_json(what, path.string(), [&] {
    if (json.at("format") != kResultFormat || json.at("id") != id) {
      fail(ErrorCode::kIo, {.what = what,
                            .where = path.string(),
                            .expected = "id " + id,
                            .found = json_text(json.at("id")),
                            .remedy = "remove the file; the run is then done again"});
    }
    return result_of(json, path.string());
  });
}

void ResultStore::write(const RunResult& result) const {
  make_folders(folder_);
  write_json(file_of(result.id), json_of(result));
}

void ResultStore::remove(const std::string& id) const { FileSystem::get().remove(file_of(id)); }

std::vector<RunResult> ResultStore::read_all(const std::vector<GridRun>& runs) const {
  std::vector<RunResult> results;
  for (const GridRun& run : runs) {
    if (contains(run.id)) results.push_back(read(run.id));
  }
  return results;
}

std::vector<std::string> ResultStore::ids_of_plan(const GridRun& run) const {
  std::vector<std::string> ids;
  for (const FolderEntry& entry : list_folder_if_present(folder_)) {
    if (entry.path.extension() != ".json") continue;
    std::string id = entry.path.stem().string();
    if (id == run.plan || id.starts_with(run.plan + "-")) ids.push_back(std::move(id));
  }
  return ids;
}

fs::path run_place(const fs::path& folder, const std::string& id) { return folder / "runs" / id; }

fs::path predictions_place(const fs::path& run_place, const std::string& prediction) {
  return run_place / (prediction.empty() ? "predictions" : "predictions-" + prediction);
}

fs::path scores_file(const fs::path& run_place, const std::string& prediction) {
  return run_place / (prediction.empty() ? "scores.json" : "scores-" + prediction + ".json");
}

}  // namespace medcl
