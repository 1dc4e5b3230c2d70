// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/grid.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/core/sha256.h"

namespace medcl {
namespace {

const GridChoice* choice_of(const std::map<std::string, GridChoice>& choices,
                            const std::string& name) {
  const auto found = choices.find(name);
  return found == choices.end() ? nullptr : &found->second;
}

void append(GridRun& run, const GridChoice* choice) {
  if (choice == nullptr) return;
  run.settings.insert(run.settings.end(), choice->set.begin(), choice->set.end());
  if (!choice->preset.empty()) run.preset = choice->preset;
}

bool sets(const std::vector<std::string>& settings, const std::string& key) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const std::string& one) { return one.starts_with(key + "="); });
}

/// What of a dataset decides a result: its name and the options of a phantom.
std::string text_of(const std::string& name, GridDataset dataset) {
  std::string text = name;
  if (!dataset.folder.empty()) return text + "\n";
  OptionTable table;
  dataset.phantom.describe(table);
  for (const Option& option : table.options())
    text += " " + option.name + "=" + option.value_text();
  return text + "\n";
}

std::string text_of(EvaluateOptions options) {
  OptionTable table;
  options.describe(table);
  std::string text;
  for (const Option& option : table.options())
    text += option.name + "=" + option.value_text() + "\n";
  return text;
}

std::string plan_of(const GridRun& run, const Experiment& experiment) {
  std::string text = text_of(run.dataset, experiment.dataset.at(run.dataset)) + run.preset + "\n" +
                     experiment.evaluate + "\n" + text_of(experiment.evaluation);
  for (const std::string& setting : run.settings) text += setting + "\n";
  for (const std::string& name : experiment.predictions) {
    text += "prediction " + name + "\n";
    const auto found = experiment.prediction.find(name);
    if (found == experiment.prediction.end()) continue;
    for (const std::string& flag : found->second.flags) text += flag + "\n";
  }
  std::string id = run.dataset + "-" + run.method + (run.choice.empty() ? "" : "-" + run.choice);
  id += "-n" + std::to_string(run.scribbles) + "-d" + std::to_string(run.draw) + "-s" +
        std::to_string(run.seed);
  return id + "-" + sha256_hex(text + id).substr(0, 8);
}

std::string recipe_of(const GridRun& run) {
  std::string text = run.preset + "\n";
  for (const std::string& setting : run.settings) text += setting + "\n";
  return sha256_hex(text).substr(0, 8);
}

/// The seconds of a step of the row, as measured; 0 without.
double measured_step_s(const Experiment& experiment, const GridRun& run) {
  const auto found = experiment.calibration.rows.find(run.row);
  const bool is_of_it =
      found != experiment.calibration.rows.end() && found->second.recipe == run.recipe;
  return is_of_it ? found->second.seconds_per_step : 0;
}

void give_budget(GridRun& run, const Experiment& experiment) {
  run.steps = experiment.steps;
  run.seconds = 60 * experiment.minutes;
  if (const double step_s = measured_step_s(experiment, run); run.steps == 0 && step_s > 0) {
    run.steps = std::max<std::int64_t>(1, std::llround(run.seconds / step_s));
    run.seconds = 0;
  }
}

std::string data_of(const GridRun& run, const DataDigests& data) {
  const auto found = data.find(run.dataset);
  if (found == data.end() || found->second.empty()) return "";
  std::string files;
  for (const std::string& setting : run.settings) {
    const auto file = data.find(digest_name_of_file(setting.substr(setting.find('=') + 1)));
    if (file != data.end()) files += " " + file->second;
  }
  return files.empty() ? found->second
                       : sha256_hex(found->second + files).substr(0, found->second.size());
}

GridRun settled(GridRun run, const Experiment& experiment, const DataDigests& data) {
  run.preset = experiment.preset;
  run.settings = experiment.set;
  append(run, choice_of(experiment.method, run.method));
  append(run, choice_of(experiment.choice, run.choice));
  if (!sets(run.settings, "method.name")) run.settings.push_back("method.name=" + run.method);
  run.row = run.dataset + "/" + run.method + (run.choice.empty() ? "" : "/" + run.choice);
  run.recipe = recipe_of(run);
  give_budget(run, experiment);
  run.settings.push_back("train.seed=" + std::to_string(run.seed));
  run.settings.push_back("train.steps=" + std::to_string(run.steps));
  run.settings.push_back("train.time_s=" + std::to_string(run.seconds));
  run.plan = run.id = plan_of(run, experiment);
  run.data = data_of(run, data);
  if (!run.data.empty()) run.id += "-" + short_digest(run.data);
  return run;
}

}  // namespace

std::string digest_name_of_file(const std::string& file) { return "file " + file; }

std::string short_digest(const std::string& digest) {
  constexpr std::size_t kDigits = 8;
  return digest.empty() ? "unknown" : digest.substr(0, kDigits);
}

std::vector<GridRun> expand_grid(const Experiment& experiment, const DataDigests& data) {
  std::vector<GridRun> runs;
  for (const std::string& dataset : experiment.datasets) {
    for (const std::int64_t scribbles : experiment.scribbles) {
      for (const std::int64_t draw : experiment.draws) {
        if (scribbles == 0 && draw != experiment.draws.front()) continue;
        for (const std::int64_t seed : experiment.seeds) {
          for (const std::string& method : experiment.methods) {
            for (const std::string& choice : experiment.switches) {
              GridRun run{.number = runs.size(),
                          .dataset = dataset,
                          .method = method,
                          .choice = choice,
                          .scribbles = scribbles,
                          .draw = draw,
                          .seed = seed};
              runs.push_back(settled(std::move(run), experiment, data));
            }
          }
        }
      }
    }
  }
  return runs;
}

std::vector<std::string> scribbled_cases(const Dataset& dataset) {
  std::set<std::string> train;
  if (!dataset.splits.empty()) {
    const std::vector<std::string>& ids = dataset.splits.front().train;
    train.insert(ids.begin(), ids.end());
  }
  std::vector<std::string> ids;
  for (const Case& one : dataset.cases) {
    const bool trains = dataset.splits.empty() || train.count(one.id) > 0;
    if (one.labels && trains) ids.push_back(one.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<std::string> drawn_cases(const Dataset& dataset, std::int64_t count,
                                     std::int64_t draw) {
  if (count == 0) return {};
  const std::vector<std::string> ids = scribbled_cases(dataset);
  const auto there = static_cast<std::int64_t>(ids.size());
  if (count > there) {
    fail(ErrorCode::kInvalidData, {.what = "too few scribbled training cases",
                                   .where = dataset.root.string(),
                                   .expected = std::to_string(count),
                                   .found = std::to_string(there)});
  }
  // The order of cases is drawn with kOrder everywhere; the epoch keeps this use apart.
  RandomStream random({.seed = static_cast<std::uint64_t>(draw),
                       .epoch = UINT32_MAX - 1,
                       .purpose = Purpose::kOrder});
  std::vector<std::string> drawn;
  for (const std::int64_t n : random.permutation(there)) {
    if (static_cast<std::int64_t>(drawn.size()) == count) break;
    drawn.push_back(ids[static_cast<std::size_t>(n)]);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

ScoredCases scored_cases(const Dataset& dataset, const std::string& which) {
  ScoredCases scored;
  if (which == "test") {
    for (const Case& one : dataset.test_cases) {
      if (one.labels) scored.cases.push_back(&one);
    }
  } else if (!dataset.splits.empty()) {
    for (const std::string& id : dataset.splits.front().validation) {
      const Case* one = dataset.find(id);
      if (one != nullptr && one->labels) scored.cases.push_back(one);
    }
  }
  if (!scored.cases.empty()) {
    scored.labels = scored.cases.front()->labels->parent_path();
    return scored;
  }
  fail(ErrorCode::kInvalidData,
       {.what = "no case to score",
        .where = dataset.root.string(),
        .expected = which == "test" ? "imagesTs with labelsTs"
                                    : "validation cases with labels in splits_final.json",
        .found = "none",
        .remedy = "run.evaluate says which are scored"});
}

}  // namespace medcl
