// SPDX-License-Identifier: Apache-2.0
#include "app/info_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/folder_listing.h"
#include "medcl/core/input_file.h"
#include "medcl/evaluation/summary_json.h"
#include "medcl/experiment/comparison.h"
#include "medcl/experiment/grid.h"
#include "medcl/experiment/store.h"
#include "medcl/format/json_text.h"
#include "medcl/format/toml.h"
#include "medcl/report/table.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

Json info_of_scores(const Json& json, const std::string& where) {
  const Summary summary = summary_from_json(json, where);
  Json info = {{"kind", "scores of medcl evaluate"}, {"cases", summary.cases.size()}};
  const std::size_t dice_index = metric_index("Dice");
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    const Statistic& dice = summary.per_class[c][dice_index];
    info["Dice, mean ± sd over cases"][summary.labels.classes[c + 1].name] =
        mean_sd_text(dice.mean, dice.sd, 3);
  }
  const Statistic& all = summary.over_classes[dice_index];
  info["Dice, mean ± sd over cases"]["mean of the classes"] = mean_sd_text(all.mean, all.sd, 3);
  info["empty masks"] = summary.options.empty;
  return info;
}

std::string estimate_text(const Json& one) {
  const auto text = [&](const char* key) {
    return one.at(key).is_number() ? number_text(one.at(key).get<double>(), 2) : "-";
  };
  return text("dice") + " (" + text("low") + " to " + text("high") + ")";
}

Json info_of_estimate(const Json& json, const std::string& where) {
  return reading_json("not an estimate of medcl estimate", where, [&] {
    Json info = {{"kind", "estimate of medcl estimate, made without dense labels"}};
    for (const Json& one : json.at("classes")) {
      info["estimated Dice (interval)"][one.at("name").get<std::string>()] = estimate_text(one);
    }
    info["estimated Dice (interval)"]["mean"] = estimate_text(json.at("mean"));
    info["models"] = json.value("models", Json());
    info["cases compared"] = json.value("agreement_cases", Json::array()).size();
    return info;
  });
}

Json info_of_result(const Json& /*json*/, const std::string& where) {
  const fs::path file = where;
  const RunResult run = ResultStore(file.parent_path().parent_path()).read(file.stem().string());
  Json info = {{"kind", "result of a run of medcl experiment"},
               {"id", run.id},
               {"dataset", run.dataset},
               {"data", short_digest(run.data)},
               {"method", run.method}};
  if (!run.choice.empty()) info["switch"] = run.choice;
  info["state"] = run.done() ? "done" : "failed: " + run.failure;
  return info;
}

Json info_of_prediction(const Json& json, const std::string& /*where*/) {
  return {{"kind", "record of medcl predict"},
          {"post-processing", json.value("postprocessing", Json())},
          {"seconds", json.value("seconds", Json())}};
}

struct Kind {
  bool (*is_it)(const Json& json);
  Json (*info)(const Json& json, const std::string& where);
};

constexpr std::array kKinds{
    Kind{
        [](const Json& json) { return json.contains("metric_per_case") && json.contains("medcl"); },
        info_of_scores},
    Kind{[](const Json& json) { return json.contains("coverage") && json.contains("limits"); },
         info_of_estimate},
    Kind{[](const Json& json) { return json.value("format", Json()) == kResultFormat; },
         info_of_result},
    Kind{[](const Json& json) { return json.contains("postprocessing"); }, info_of_prediction},
};

std::string ending_of(const RunResult& run) { return run.done() ? "done" : "failed"; }

}  // namespace

bool is_experiment_file(const fs::path& path) {
  if (path.extension() != ".toml" || is_folder(path)) return false;
  const std::vector<std::uint8_t> bytes = read_file(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::vector<std::string> tables = tables_in_toml(text, path.string());
  return std::ranges::find(tables, "grid") != tables.end();
}

Json info_of_experiment_file(const fs::path& path) {
  const Experiment experiment = read_experiment(path);
  Json info = {{"kind", "description of an experiment"}, {"title", experiment.title},
               {"runs", expand_grid(experiment).size()}, {"datasets", experiment.datasets},
               {"methods", experiment.methods},          {"scribbled cases", experiment.scribbles}};
  if (experiment.steps > 0) info["steps of a run"] = experiment.steps;
  if (experiment.minutes > 0) info["minutes of a run"] = experiment.minutes;
  return info;
}

bool is_experiment_folder(const fs::path& path) {
  return is_there(path / "experiment.toml") && is_there(path / "results");
}

Json info_of_experiment(const fs::path& folder) {
  const Experiment experiment = read_experiment(folder / "experiment.toml");
  const ResultStore store(folder);
  std::map<std::string, int> ends{{"done", 0}, {"failed", 0}};
  std::map<std::string, std::set<std::string>> data;
  for (const FolderEntry& entry : list_folder_if_present(folder / "results")) {
    if (entry.path.extension() != ".json") continue;
    const RunResult run = store.read(entry.path.stem().string());
    ++ends[ending_of(run)];
    data[run.dataset].insert(short_digest(run.data));
  }
  return {{"kind", "experiment"},
          {"title", experiment.title},
          {"runs of its description", expand_grid(experiment).size()},
          {"results", ends},
          {"data of the results", data},
          {"methods", experiment.methods}};
}

Json info_of_json_file(const fs::path& path) {
  const Json json = read_json(path);
  for (const Kind& kind : kKinds) {
    if (json.is_object() && kind.is_it(json)) return kind.info(json, path.string());
  }
  fail(ErrorCode::kIo,
       {.what = "JSON that is nothing known",
        .where = path.string(),
        .expected =
            "scores of medcl evaluate, an estimate, a result of an experiment, or the record "
            "of a prediction",
        .found = "another content",
        .remedy = "of a model or a dataset, name the folder"});
}

}  // namespace medcl
